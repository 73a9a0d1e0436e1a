import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PseudoTerminal } from "./testing/pseudo-terminal.js";
import { ScarfSandbox, scarfProgram } from "./testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
  await mkdir(sandbox.path("bin"));
  await writeFile(
    sandbox.path("bin", "scarf"),
    `#!/bin/sh\nexec '${process.execPath}' '${scarfProgram}' "$@"\n`,
  );
  await chmod(sandbox.path("bin", "scarf"), 0o755);
});
afterAll(() => sandbox.remove());

it("Tab in bash completes commands and values, and touches nothing that was typed", async () => {
  await sandbox.file("precious", "kept");
  const terminal = new PseudoTerminal(sandbox, "bash --norc -i", {
    PATH: `${sandbox.path("bin")}:${process.env["PATH"] ?? ""}`,
    PS1: "ready> ",
  });
  await terminal.waitFor("ready> ");
  terminal.type("source <(scarf completion bash); echo set-up''-done\r");
  await terminal.waitFor("set-up-done\r\n");
  terminal.type("scarf rel\t");
  await terminal.waitFor("scarf release ");
  terminal.type("\u0015scarf jobs --phase=h\t");
  await terminal.waitFor("--phase=held ");
  terminal.type("\u0015scarf login S\t");
  await terminal.waitFor("scarf login SCARF@STFC ");
  terminal.type("\u0015scarf submit -- program $(touch evil) > precious \t");
  terminal.type("\u0015echo st''ill; ls\r");
  await terminal.waitFor("still\r\n");
  await terminal.waitFor("precious");
  terminal.type("exit\r");
  const { output } = await terminal.end();
  expect(output.slice(output.indexOf("still\r\n"))).not.toContain("evil");
  expect(await readFile(sandbox.path("precious"), "utf8")).toBe("kept");
});
