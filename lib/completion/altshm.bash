# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Completion of altshm's command line. Commands and options are asked of the
# command itself.

_altshm_words() {
	# Names hold no blanks.
	# shellcheck disable=SC2207
	COMPREPLY=($(compgen -W "$1" -- "$2"))
}

# The last of a list with commas.
_altshm_list() {
	local done=''
	[[ $2 != *,* ]] || done=${2%,*},
	_altshm_words "$1" "${2##*,}"
	COMPREPLY=("${COMPREPLY[@]/#/$done}")
	compopt -o nospace
}

# The options in a command's own help.
_altshm_options() {
	_altshm_words "$(altshm "$1" --help 2>/dev/null |
		sed -n 's/^ \{2,6\}\(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p')" \
		"${COMP_WORDS[COMP_CWORD]}"
}

# Options of "run", the program that it starts, or that one's arguments.
_altshm_run() {
	local i
	for ((i = 2; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" != -- ] || { i=$((i + 1)); break; }
		[[ ${COMP_WORDS[i]} == -* ]] || break
	done
	if [[ $i -eq $COMP_CWORD && ${COMP_WORDS[i]} == -* && ${COMP_WORDS[i - 1]} != -- ]]; then
		_altshm_options run
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$i"
	else
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u)
	fi
}

_altshm() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]}
	local columns='key id owner perms bytes nattch status rss swap huge backing creator cpid lpid atime dtime ctime'
	local events='get attach detach remove destroy set lock unlock deny limit orphan'

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_altshm_words "$(altshm --help 2>/dev/null |
			sed -n 's/^  \(-., \)\{0,1\}\([a-z-][a-z-]*\) .*/\2/p')" "$cur"
		return
	fi
	case $command:$prev in
	run:*) _altshm_run; return ;;
	*:--owner | *:-u) mapfile -t COMPREPLY < <(compgen -u -- "$cur"); return ;;
	*:--columns | ls:-c) _altshm_list "$columns" "$cur"; return ;;
	*:--sort | ls:-s) _altshm_words "$columns" "$cur"; return ;;
	*:--by | stat:-b | top:-s) _altshm_words 'rss bytes swap nattch' "$cur"; return ;;
	*:--type | monitor:-t) _altshm_list "$events" "$cur"; return ;;
	*:--shmmax | *:--shmall | *:--shmmni) _altshm_words follow "$cur"; return ;;
	*:--orphan-timeout) _altshm_words off "$cur"; return ;;
	*:--key | *:-k)
		_altshm_words "$(altshm ls -c key 2>/dev/null | sed 1d)" "$cur"
		return ;;
	monitor:--id | monitor:-i)
		_altshm_words "$(altshm ls -c id 2>/dev/null | sed 1d)" "$cur"
		return ;;
	esac
	case $command:$cur in
	*:-*) _altshm_options "$command" ;;
	show:* | who:* | rm:*)
		_altshm_words "$(altshm ls -c id 2>/dev/null | sed 1d)" "$cur" ;;
	esac
}

complete -F _altshm altshm
