# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# An apt of our own in the cache: Debian's own sources as this host has them
# configured, none of its third-party ones, no root needed. It fetches for the
# guest; what the host itself needs is installed by scripts/setup.

# Debian's sources of the host, one line each: URI RELEASE. What they call stable
# is the release that the host is.
host_sources() {
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
	awk -v suite="$(host_suite)" '
		{ sub(/^(old)*stable/, suite, $2) }
		$3 == "main" && $1 !~ /^cdrom:/ &&
		$1 ~ /\/debian(-security)?(\.list)?(\/|$)/ &&
		($2 == suite || $2 == suite "-updates" || $2 == suite "-security") &&
		!seen[$1 $2]++ { print $1, $2 }'
}

# sources.list lines for a suite: a release name, or one with -backports.
suite_sources() {
	local base=${1%-backports} host key uri rel lines=""

	host=$(host_suite)
	for key in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
		[ ! -e "$key" ] || break
	done
	while read -r uri rel; do
		lines+="deb [signed-by=$key] $uri ${rel/#$host/$base} main"$'\n'
		if [ "$rel" = "$host" ] && [ "$1" != "$base" ]; then
			lines+="deb [signed-by=$key] $uri $1 main"$'\n'
		fi
	done < <(host_sources)
	[ -n "$lines" ] || die "apt here has no source of Debian $host's packages; add one, then run this again"
	printf %s "$lines" | awk '!seen[$0]++'
}

# Makes $aptdir usable; reads the package lists anew when they are older than
# a day. A host without network keeps what it has.
apt_open() {
	aptdir=$cache/apt/$1
	mkdir -p "$aptdir"/{lists/partial,archives/partial}
	suite_sources "$1" >"$aptdir/sources.list"
	: >"$aptdir/status"
	# Hooks of the host's apt are for the host's own package lists.
	cat >"$aptdir/apt.conf" <<-END
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear APT::Update::Pre-Invoke;
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Dir::Etc::sourcelist "$aptdir/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Dir::State "$aptdir";
	Dir::State::lists "$aptdir/lists";
	Dir::State::status "$aptdir/status";
	Dir::Cache "$aptdir";
	Dir::Cache::archives "$aptdir/archives";
	END
	# Backports are taken only by asking; a plain release must not be, or it
	# would win over its own security updates.
	case $1 in
	*-backports) echo "APT::Default-Release \"$1\";" >>"$aptdir/apt.conf" ;;
	esac
	[ -z "$(find "$aptdir/updated" -mtime -1 2>/dev/null)" ] || return 0
	note "reading Debian's package lists for $1"
	if apt-get -qq -c "$aptdir/apt.conf" update >&2; then
		touch "$aptdir/updated"
	else
		note "that failed; going on with what is known already"
	fi
}

# apt_field PACKAGE[=VERSION] FIELD: from the candidate's record
apt_field() {
	apt-cache -c "$aptdir/apt.conf" show --no-all-versions "$1" 2>/dev/null |
	sed -n "/^$/q; s/^$2: //p"
}

# apt_fetch DIR PACKAGE[=VERSION]...: downloads; apt checks signature and hash.
apt_fetch() {
	local dir=$1
	shift
	(cd "$dir" && apt-get -qq -c "$aptdir/apt.conf" download "$@" >&2)
}

# fetch_source DIR PACKAGE VERSION: that of the kernel that is used
fetch_source() {
	note "fetching $2 $3"
	apt_fetch "$1" "$2=$3" ||
		die "$2 $3 is no longer to be had; 'rm $cache/kernel/current-*' takes today's kernel"
}

# apt_tree SUITE PACKAGE...: prints a folder of the cache with these packages
# unpacked, looked up anew once a month. The first gives it name and version.
apt_tree() {
	local suite=$1 kind=$2 version entry deb
	local current=$cache/$kind/current-$suite
	shift
	if [ -z "$(find "$current" -mtime -30 2>/dev/null)" ]; then
		cache_lock "$kind"
		apt_open "$suite"
		version=$(apt_field "$kind" Version)
		[ -n "$version" ] || return
		entry=$cache/$kind/${version//[:\/]/_}
		if [ ! -e "$entry" ]; then
			note "fetching $kind $version"
			mkdir "$work/deb" "$work/new"
			apt_fetch "$work/deb" "$@" || return
			for deb in "$work"/deb/*.deb; do
				dpkg -x "$deb" "$work/new" || return
			done
			mkdir -p "$cache/$kind"
			mv "$work/new" "$entry"
		fi
		ln -sfn "$entry" "$work/current"
		mv -T "$work/current" "$current"
	fi
	readlink -f "$current"
}

# mmdebstrap takes nothing of the host's apt configuration, proxies included.
apt_proxies() {
	apt-config dump | grep -E '^Acquire::https?::Proxy ' || true
}
