/**
 * What is kept of a submit, in `.scarf-submit` of the job's own directory: whoever makes that directory sends the job, and nobody else
 * with the same key. Its files: `id-CLAIM`, with a word that is no other claim's; `begun` (seconds since 1970), `result` (exit code of
 * sbatch and CLAIM in the first line, then what it said, then a NUL, then what it complained), `command`.
 */
export const claimName = ".scarf-submit";

/** `$1` = own directory, `$2` = working directory → `none`, `no-directory`, `begun` or `done` and the result. */
export const lookScript = String.raw`c=$1/${claimName}
if [ -f "$c/result" ]; then echo "done"; cat -- "$c/result"; exit 0; fi
if [ -d "$c" ]; then echo "begun"; cat -- "$c/begun" 2>/dev/null; exit 0; fi
umask 077; mkdir -p -- "$1" || exit 1
[ -d "$2" ] || { echo "no-directory"; exit 0; }
echo "none"`;

/** Exit code of the script below that says: sbatch was not begun. Any other but 0 may come after it. */
export const notBegunExitCode = 3;

/**
 * `$1` = own directory, `$2` = how the job is shown, `$3` = CLAIM, the rest = sbatch with its options and the script → `taken`, or the
 * result. It goes on when the connection breaks: what sbatch said is kept.
 */
export const submitScript = String.raw`umask 077; c=$1/${claimName}; shown=$2; claim=$3
cd -- "$1" || exit ${notBegunExitCode}
shift 3; trap '' HUP INT TERM PIPE
mkdir -- "$c" 2>/dev/null || { [ -d "$c" ] && { echo taken; exit 0; }; mkdir -- "$c" || exit ${notBegunExitCode}; }
(: >"$c/id-$claim") || { rmdir -- "$c"; exit ${notBegunExitCode}; }
date +%s >"$c/begun"; printf '%s' "$shown" >"$c/command"
"$@" >"$c/stdout" 2>"$c/stderr" </dev/null; rc=$?
{ echo "$rc $claim"; cat -- "$c/stdout"; printf '\0'; cat -- "$c/stderr"; } >"$c/result.part" && mv -f -- "$c/result.part" "$c/result"
rm -f -- "$c/stdout" "$c/stderr"
echo "done"; cat -- "$c/result"`;

/**
 * `$1` = own directory, `$2` = CLAIM: by that one nothing was made, the key is free again. Only one who takes its word away removes the
 * rest: meanwhile another may have released it, and have claimed the key anew. It goes on when the connection breaks, and nobody sees a
 * half of a claim.
 */
export const releaseScript = String.raw`c=$1/${claimName}; trap '' HUP INT TERM PIPE
rm -- "$c/id-$2" 2>/dev/null && mv -T -- "$c" "$c-$2" && rm -rf -- "$c-$2"; exit 0`;

/** `$1` = own directory, `$2` = id: found by other means. */
export const recordScript = String.raw`c=$1/${claimName}; umask 077
printf '0 found\n%s\n\0' "$2" >"$c/found.part" && mv -f -- "$c/found.part" "$c/result"`;

/** `$1` = own directory → how the job is shown. */
export const commandScript = String.raw`head -c 65536 -- "$1/${claimName}/command" 2>/dev/null; exit 0`;
