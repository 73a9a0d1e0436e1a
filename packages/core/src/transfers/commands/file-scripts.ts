/** Exit codes by which the scripts below say what is wrong; ssh and shells have others. */
export const fileExitCodes = {
  notFound: 40,
  isDirectory: 41,
  notDirectory: 42,
  exists: 43,
  short: 44,
  corrupt: 45,
} as const;

// What file operations run on the other machine: `sh -c SCRIPT scarf PATH …`. Paths are arguments, never parts of the text. GNU
// coreutils and findutils, as on every Linux.

/** `$1` = a directory → one record for each entry, ended by NUL: readable or not, kind, size, time, name. */
export const listScript = String.raw`[ -e "$1" ] || exit 40; [ -d "$1" ] || exit 42; cd -- "$1" || exit 1
find -L . -mindepth 1 -maxdepth 1 \( -readable -printf r -o -printf - \) -printf '%y %s %T@ %f\0' 2>/dev/null
exit 0`;

/** `$1` = a file or directory → one record as above, with an empty name. */
export const statScript = String.raw`[ -e "$1" ] || exit 40
find -L "$1" -maxdepth 0 \( -readable -printf r -o -printf - \) -printf '%y %s %T@ \0'`;

/** `$1` = a file, `$2` = offset, `$3` = length or empty, `$4` = `digest` → a line `SIZE LENGTH [SHA-256]`, then the bytes. */
export const readScript = String.raw`[ -e "$1" ] || exit 40; [ -d "$1" ] && exit 41; [ -f "$1" ] || exit 42; exec <"$1" || exit 1
size=$(stat -L -c %s -- "$1") || exit 1
rest=$((size > $2 ? size - $2 : 0)); want=$rest; [ -n "$3" ] && [ "$3" -lt "$rest" ] && want=$3
sum=; [ "$4" = digest ] && sum=$(sha256sum <"$1") && sum=${"${sum%% *}"}
printf '%s %s %s\n' "$size" "$want" "$sum"
if [ "$2" -gt 0 ]; then tail -c "+$(($2 + 1))" | head -c "$want"; else head -c "$want"; fi`;

/**
 * `$1` = a directory, `$2` = a name, `$3` = name of the part, `$4` = size, `$5` = `replace`; standard input = the bytes, then a line with
 * their SHA-256, which only a sender that was content with its source writes. The name holds the old content, or nothing, until all
 * bytes are on the disk and are those that were sent.
 */
export const writeScript = String.raw`umask 077
mkdir -p -- "$1" || exit 1
cd -- "$1" || exit 1
if [ -d "$2" ] && [ ! -L "$2" ]; then exit 41; fi
if [ "$5" != replace ] && { [ -e "$2" ] || [ -L "$2" ]; }; then exit 43; fi
trap 'rm -f -- "$3"' EXIT; trap 'exit 1' HUP INT TERM PIPE
(set -C; head -c "$4" >"$3") || exit 1
[ "$(stat -c %s -- "$3")" = "$4" ] || exit 44
read -r want || exit 44
sync -- "$3" || exit 1
sum=$(sha256sum <"$3") || exit 1
[ "${"${sum%% *}"}" = "$want" ] || exit 45
if [ "$5" = replace ]; then mv -f -T -- "$3" "$2" || exit 1; else ln -T -- "$3" "$2" || { [ -e "$2" ] && exit 43; exit 1; }; fi
sync -- . 2>/dev/null
exit 0`;

/** `$1` = a directory, `$2` = name of a part that may be there. */
export const dropScript = `cd -- "$1" 2>/dev/null && rm -f -- "$2"; exit 0`;

export const makeDirectoryScript = `if [ -e "$1" ] && [ ! -d "$1" ]; then exit 43; fi; umask 077; mkdir -p -- "$1"`;

export const removeScript = `[ -e "$1" ] || [ -L "$1" ] || exit 40; rm -rf -- "$1"`;

/** `$1` → `$2`, which must not be there. */
export const renameScript = `[ -e "$1" ] || [ -L "$1" ] || exit 40
if [ -e "$2" ] || [ -L "$2" ]; then exit 43; fi
if [ -d "$1" ] && [ ! -L "$1" ]; then exec mv -n -T -- "$1" "$2"; fi
ln -T -- "$1" "$2" || { [ -e "$2" ] && exit 43; exit 1; }; rm -f -- "$1"`;

export const checksumScript = `[ -e "$1" ] || exit 40; [ -d "$1" ] && exit 41; sha256sum <"$1"`;
