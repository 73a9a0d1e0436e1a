import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const here = dirname(fileURLToPath(import.meta.url)).replace("/dist/", "/src/");

/** The page says which test replays which client: each must be there under its name, and each file of clients on the page. */
it("docs/reference/pac-clients.md names tests that exist, and every file of clients", async () => {
  const page = await readFile(join(here, "../../../../docs/reference/pac-clients.md"), "utf8");
  const rows = [...page.matchAll(/^\| .* \| `([\w./-]+)` › (.+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(60);
  const missing: string[] = [];
  for (const [, file = "", title = ""] of rows) {
    const text = await readFile(join(here, `${file}.test.ts`), "utf8").catch(() => "");
    const titles = [...text.matchAll(/(?:\bit|\)|\])\(\s*"((?:[^"\\]|\\.)*)"/g)].map(([, name = ""]) => name);
    if (!titles.some((name) => name.startsWith(title))) missing.push(`${file} › ${title}`);
  }
  expect(missing).toEqual([]);
  const files = (await readdir(here)).filter(
    (name) => name.endsWith(".test.ts") && !name.startsWith("variants"),
  );
  for (const name of files) expect(page).toContain(`\`${name.replace(/\.test\.ts$/, "")}\``);
  // A row that the pattern above does not see would be checked by nobody.
  const lines = page.split("\n").filter((line) => line.startsWith("| ") && line.includes("›"));
  expect(rows).toHaveLength(lines.length);
});
