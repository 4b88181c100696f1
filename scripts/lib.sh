# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What every script here shares: messages, the cache folder, root rights.
#
# The cache holds all that is fetched or built from other people's packages.
# An entry is made under $cache/tmp and renamed into place, so that a killed
# run leaves nothing half-made.

set -eu -o pipefail

# mke2fs, depmod and friends; not in a plain user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C.UTF-8

self=${0##*/}
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those who source this
top=$(dirname "$scripts")
cache=${ALTSHM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/altshm}
case $cache in
/*) ;;
*) cache=$PWD/$cache ;;
esac
# What is started from another folder is to find the same.
export ALTSHM_CACHE=$cache

note() { printf '%s: %s\n' "$self" "$*" >&2; }
die() { note "$@"; exit 1; }

# kbuild takes no such path.
case $top$cache in
*[[:space:]:]*) die "neither the checkout nor the cache can have a blank or colon in its path: $top, $cache" ;;
esac

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root for '$1': run it as root, or install sudo"
	fi
}

host_suite() {
	local suite
	# shellcheck source=/dev/null
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$suite" ] || die "/etc/os-release names no Debian release"
	echo "$suite"
}

# The kernels that altshm supports, and the suite that each comes from for a host
# of this release; a line each.
supported_kernels() {
	case $(host_suite) in
	bookworm) printf '%s\n' '6.1 bookworm' '6.12 bookworm-backports' '7.x trixie-backports' ;;
	trixie) printf '%s\n' '6.1 bookworm' '6.12 trixie' '7.x trixie-backports' ;;
	*) printf '%s\n' '6.1 -' '6.12 -' '7.x -' ;;
	esac
}

# kernel_label KVER: what the above calls a version; kernels built here have a kind.
kernel_label() {
	sed -E 's/^7\..*/7.x/; s/^([0-9]+\.[0-9]+)\.[0-9]+-(kasan|kcsan)-.*/\1-\2/; t
		s/^([0-9]+\.[0-9]+).*/\1/' <<<"$1"
}

# What the tests' results depend on, but for the kernel.
tree_id() {
	(cd "$top" && find Kbuild kmod uapi lib selftests/*.[ch] scripts/guest* \
		scripts/run-selftests -type f | LC_ALL=C sort |
		xargs sha256sum | sha256sum | cut -c1-16)
}

# programs_rootfs SUITE: one that has other people's programs
programs_rootfs() {
	"$scripts/rootfs" "$1" \
		postgresql stress-ng xvfb x11-apps php-cli openmpi-bin libopenmpi-dev \
		gcc libc6-dev libx11-dev libxext-dev bc bpftrace linux-perf \
		libipc-shareable-perl libipc-sharelite-perl libmock-sub-perl libtest-sharedfork-perl
}

# One run at a time makes cache entries of a kind; leftovers of killed runs go.
cache_lock() {
	mkdir -p "$cache/tmp"
	exec 9>"$cache/$1.lock"
	if ! flock -n 9; then
		note "waiting for another run to finish with $cache"
		flock 9
	fi
	work=$cache/tmp/$1
	[ ! -e "$work" ] || rm -rf "$work" 2>/dev/null || as_root rm -rf "$work"
	mkdir "$work"
	trap 'rm -rf "$work" 2>/dev/null || true' EXIT
}

# ext4_image FILE DIR EXTRA_MIB: an image of a folder, made without mounting.
ext4_image() {
	local kib files
	kib=$(du -sk "$2" | cut -f1)
	files=$(find "$2" | wc -l)
	mke2fs -q -F -t ext4 -O ^has_journal -b 4096 -m 0 \
		-N $((files + 1024 + $3 * 16)) -d "$2" "$1" \
		$((kib + kib / 8 + 2048 + $3 * 1024))k >/dev/null
}
