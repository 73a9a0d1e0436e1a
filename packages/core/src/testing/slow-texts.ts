/** What a text may be made of, over and over, to make a careless pattern look again and again behind each of them. */
const pieces = [
  " ", "\n", "\r", "\t", "a", "0", "<", ">", "&", "&#0", "<a>", "<title", "<script>", "<errMsg>", "<value>", "[", "[!", "[1", "]", "(", "{", "{{", "{\"a\":",
  "\"", "'", "\\", "\\\"", "`", ",", ", ", ";", "; ", ";a=\"", ":", "*", "/", "//", "%", "%4", "%41", "=", "&a=", "#quote#", "-", "--", "--B", "\r\n--B",
  "job ", "session ", "[submit-key ", "a[]", "done(1)&&", "x,upload", ",copy ", "-J ", "a.", "...", "é", "😀",
]; // oxfmt-ignore

/** In `npm test` a quadratic reader is found by a smaller text: then all readers together take a second. */
const isLongRun = Number(process.env["SCARF_FUZZ_RUNS"]) > 1000;
const sizeCharacters = isLongRun ? 1_000_000 : 20_000;
/** A linear reader takes a hundredth of it. */
const limitSeconds = isLongRun ? 2 : 0.15;

/**
 * Gives each reader long texts of one piece repeated, with and without an end that does not fit, and tells which readers need
 * more processor time for one of them than any text of that length may cost. What it throws does not matter here.
 * A reader that is quadratic needs minutes for a megabyte, and no timer of ours runs meanwhile.
 */
export function findSlowReaders(
  readers: Readonly<Record<string, (text: string) => unknown>>,
): readonly string[] {
  const slow: string[] = [];
  for (const [name, read] of Object.entries(readers)) {
    for (const piece of pieces) {
      const body = piece.repeat(Math.ceil(sizeCharacters / piece.length));
      for (const text of isLongRun ? [body, `a${body}!`] : [`a${body}!`]) {
        const seconds = measure(() => read(text));
        if (seconds > limitSeconds)
          slow.push(`${name}: ${JSON.stringify(piece)} took ${seconds.toFixed(1)} s`);
      }
    }
  }
  return slow;
}

function measure(run: () => unknown): number {
  const before = process.cpuUsage();
  try {
    run();
  } catch {
    // Only the time counts.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
