import { createHash } from "node:crypto";
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isScarfError } from "scarf-tomo";
import { expect } from "vitest";
import {
  awaitEnd,
  chunkedSource,
  expectCode,
  hostileNames,
  readText,
  run,
  submit,
  uniqueName,
} from "./bench.js";
import type { Case } from "./contract-subject.js";

const hostileArguments = [
  "plain",
  "",
  "two words",
  'it\'s "quoted"',
  "$HOME `id` $(id)",
  "a;b&c|d>e<f",
  "line\nfeed and\ttab",
  String.raw`back\slash \n`,
  "*?[a-z]{1,2}~!#",
  "#quote# ,JSESSIONID= %J %I %41",
  "<b>&amp;</b>]]>",
  "--option=value",
  "ünïcode–日本 🙂",
  " leading and trailing ",
];

/** Prints each argument with a NUL after it: nothing in it can be mistaken. */
const printArguments = ["/usr/bin/printf", String.raw`%s\0`] as const;

export function submitCases(contract: Case): void {
  contract("passes a command's arguments unchanged", async ({ session }) => {
    const { status, output } = await run(session, {
      task: { kind: "command", argv: [...printArguments, ...hostileArguments] },
    });
    expect(status).toMatchObject({ phase: "finished", outcome: "succeeded", exitCode: 0 });
    expect(output.split("\0").slice(0, -1)).toEqual(hostileArguments);
  });

  contract("gives a shell line to a shell", async ({ session }) => {
    const { output } = await run(session, {
      task: {
        kind: "shell",
        commandLine: "for i in 1 2 3; do echo \"n $i\"; done | tr 'n' 'N'; echo '<&>' \"it's\"",
      },
    });
    expect(output).toBe("N 1\nN 2\nN 3\n<&> it's\n");
  });

  contract("shows the shell line of a job as it was typed", async ({ session }) => {
    const commandLine = `echo "a  b" '<&>' # ${uniqueName()}`;
    const { job } = await run(session, { task: { kind: "shell", commandLine } });
    expect(job.command).toBe(commandLine);
  });

  contract("runs a script without #! by the shell, with its arguments", async ({ session }) => {
    const text = `set -eu\nprintf '%s\\0' "$@"\n`;
    const { status, output } = await run(session, { task: { kind: "script", text, args: hostileArguments } });
    expect(status).toMatchObject({ outcome: "succeeded" });
    expect(output.split("\0").slice(0, -1)).toEqual(hostileArguments);
  });

  contract("runs a script by the interpreter of its #! line", async ({ session }) => {
    const text = '#!/bin/bash\narray=(one two)\necho "${array[1]} ${#array[@]} ünïcode \'<&>\'" "$1"\n';
    const { output } = await run(session, { task: { kind: "script", text, args: ["three"] } });
    expect(output).toBe("two 2 ünïcode '<&>' three\n");
  });

  contract("passes variables with any characters in their values", async ({ session }) => {
    const environment = Object.fromEntries(
      hostileArguments.map((value, index) => [`CONTRACT_${index}`, value]),
    );
    const names = Object.keys(environment).map((name) => `"$${name}"`);
    const { output } = await run(session, {
      task: { kind: "script", text: `printf '%s\\0' ${names.join(" ")}\n` },
      environment,
    });
    expect(output.split("\0").slice(0, -1)).toEqual(hostileArguments);
  });

  contract("gives jobs no variables of the caller", async ({ session }) => {
    const { output } = await run(session, { task: { kind: "command", argv: ["/usr/bin/env"] } });
    expect(output).toContain("PATH=");
    expect(output).not.toContain("SCARF_CONTRACT_SECRET");
  });

  contract("lays attachments into the job's directory before it starts", async ({ session }) => {
    const contents = [
      Buffer.alloc(0),
      Buffer.from("text\r\nwith\rall\nline ends\r\n--boundary--\r\n"),
      Buffer.from(Uint8Array.from({ length: 300_001 }, (_, index) => (index * index) & 255)),
    ];
    const attachments = contents.map((content, index) => ({
      name: `${index} ${hostileNames[index] ?? ""}`,
      source: chunkedSource(content),
    }));
    const seen: number[] = [];
    const id = await session.submit(
      {
        task: { kind: "shell", commandLine: "cat [0-2]\\ * | sha256sum; ls | wc -l" },
        attachments,
        outputPath: "out.txt",
      },
      { submitKey: uniqueName(), onProgress: ({ bytesDone }) => seen.push(bytesDone) },
    );
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "succeeded" });
    const output = await readText(await session.jobFiles(id).read("out.txt"));
    expect(output).toContain(createHash("sha256").update(Buffer.concat(contents)).digest("hex"));
    expect(seen.length).toBeGreaterThan(0);
  });

  contract("takes attachments with every name that a file can have", async ({ session }) => {
    const attachments = hostileNames.map((name) => ({ name, source: chunkedSource(name) }));
    const { id } = await run(session, { task: { kind: "command", argv: ["true"] }, attachments });
    for (const name of hostileNames) expect(await readText(await session.jobFiles(id).read(name))).toBe(name);
  });

  contract("refuses attachments whose names are not plain, or not their own", async ({ session }) => {
    const name = uniqueName();
    const source = chunkedSource("x");
    for (const bad of ["", ".", "..", "../x", "a/b", "/etc/x", "a\0b", "x".repeat(256)])
      await expectCode(
        () =>
          submit(session, {
            name,
            task: { kind: "command", argv: ["true"] },
            attachments: [{ name: bad, source }],
          }),
        "SPEC_INVALID",
      );
    const twice = [
      { name: "same", source },
      { name: "same", source },
    ];
    await expectCode(
      () => submit(session, { name, task: { kind: "command", argv: ["true"] }, attachments: twice }),
      "SPEC_INVALID",
    );
    expect(await session.list({ name })).toEqual([]);
  });

  contract("refuses an attachment that ends before its size, and makes no job", async ({ session }) => {
    const name = uniqueName();
    const source = { ...chunkedSource("short"), sizeBytes: 1_000 };
    await expectCode(
      () =>
        submit(session, {
          name,
          task: { kind: "command", argv: ["true"] },
          attachments: [{ name: "x", source }],
        }),
      "TRANSFER_INCOMPLETE",
    );
    expect(await session.list({ name })).toEqual([]);
  });

  contract("runs a job in a directory of its own, and says which", async ({ session }) => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => run(session, { task: { kind: "command", argv: ["pwd", "-P"] } })),
    );
    expect(first?.output).not.toBe(second?.output);
    const { workingDirectory = "" } = first?.job ?? {};
    expect(first?.output).toBe(`${await realpath(workingDirectory)}\n`);
  });

  contract("runs a job where it is told to", async ({ session }) => {
    const directory = await realpath(await mkdtemp(join(tmpdir(), "contract dir ")));
    // On a cluster, jobs run as another user.
    await chmod(directory, 0o777);
    try {
      const id = await submit(session, {
        task: { kind: "shell", commandLine: "pwd -P > here.txt; cat here.txt > there.txt" },
        workingDirectory: directory,
        outputPath: "%J.out",
      });
      expect(await awaitEnd(session, id)).toMatchObject({ outcome: "succeeded" });
      const { output } = await run(session, {
        task: { kind: "command", argv: ["cat", join(directory, "there.txt")] },
      });
      expect(output).toBe(`${directory}\n`);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  contract("refuses a working directory that is missing or relative", async ({ session }) => {
    for (const workingDirectory of [`/nowhere/${uniqueName()}`, "relative/path"])
      await expectCode(
        () => submit(session, { task: { kind: "command", argv: ["true"] }, workingDirectory }),
        "SPEC_INVALID",
        "SPEC_REJECTED",
      );
  });

  contract("reads standard input from a file", async ({ session }) => {
    const { output } = await run(session, {
      task: { kind: "command", argv: ["tr", "a-z", "A-Z"] },
      attachments: [{ name: "in put.txt", source: chunkedSource("hello\n") }],
      inputPath: "in put.txt",
    });
    expect(output).toBe("HELLO\n");
  });

  contract("replaces %J in the names of output files by the job's id", async ({ session }) => {
    const id = await submit(session, {
      task: { kind: "shell", commandLine: "echo out; echo err >&2" },
      outputPath: "o-%J.txt",
      errorPath: "e-%J-%J.txt",
    });
    await awaitEnd(session, id);
    const files = session.jobFiles(id);
    expect(await readText(await files.read(`o-${id}.txt`))).toBe("out\n");
    expect(await readText(await files.read(`e-${id}-${id}.txt`))).toBe("err\n");
  });

  contract("writes output into the very file that was named, or refuses the name", async ({ session }) => {
    const names = hostileNames.filter((_, index) => index % 4 === 1);
    const jobs = await Promise.all(
      names.map(async (name) => {
        const spec = { task: { kind: "command", argv: ["printf", "%s", name] }, outputPath: name } as const;
        const id = await submit(session, { name, ...spec }).catch((error: unknown) => error);
        if (typeof id === "string") return { name, id };
        expect([name, isScarfError(id) && id.code]).toEqual([
          name,
          expect.stringMatching(/^SPEC_(INVALID|REJECTED)$/),
        ]);
        return undefined;
      }),
    );
    const accepted = jobs.filter((job) => job !== undefined);
    expect(accepted.length).toBeGreaterThan(names.length / 2);
    for (const { name, id } of accepted) {
      expect([name, await awaitEnd(session, id)]).toMatchObject([name, { outcome: "succeeded" }]);
      expect((await session.job(id)).name).toBe(name);
      expect(await readText(await session.jobFiles(id).read(name))).toBe(name);
    }
  });

  contract("names default files for output and error in the job's directory", async ({ session }) => {
    const id = await submit(session, { task: { kind: "shell", commandLine: "echo out; echo err >&2" } });
    await awaitEnd(session, id);
    const { outputPath = "", errorPath = "" } = await session.job(id);
    const baseName = (path: string) => path.replace(/^.*\//, "");
    const files = session.jobFiles(id);
    expect(await readText(await files.read(baseName(outputPath)))).toBe("out\n");
    expect(await readText(await files.read(baseName(errorPath)))).toBe("err\n");
  });

  contract(
    "makes one job of one submit key, however often and at the same time",
    async ({ session, other }) => {
      if (!session.capabilities.submitOnce) return;
      const submitKey = uniqueName("same key / ü & 'quote'");
      const name = uniqueName("once");
      const spec = { name, task: { kind: "shell", commandLine: "echo ran >> ran.txt" } } as const;
      const ids = await Promise.all(Array.from({ length: 6 }, () => session.submit(spec, { submitKey })));
      expect(new Set(ids).size).toBe(1);
      const [id = ""] = ids;
      await awaitEnd(session, id);
      expect(await session.submit({ ...spec, name: `${name}-later` }, { submitKey })).toBe(id);
      expect((await session.list({ name: `${name}*` })).map((job) => job.id)).toEqual([id]);
      expect(await readText(await session.jobFiles(id).read("ran.txt"))).toBe("ran\n");
      // Keys belong to their user.
      const others = await other.submit(spec, { submitKey });
      expect(others).not.toBe(id);
      expect(await awaitEnd(other, others)).toMatchObject({ outcome: "succeeded" });
    },
  );

  contract("gives each job an id of its own", async ({ session }) => {
    const ids = await Promise.all(
      Array.from({ length: 5 }, () => submit(session, { task: { kind: "command", argv: ["true"] } })),
    );
    expect(new Set(ids).size).toBe(5);
  });

  contract("keeps a job's name and description", async ({ session }) => {
    const name = `${uniqueName()} with 'quotes' & <signs>`;
    const { job } = await run(session, {
      name,
      description: "What & why",
      task: { kind: "command", argv: ["true"] },
    });
    expect(job).toMatchObject({ name, owner: session.userName });
    if (job.description !== undefined) expect(job.description).toContain("What & why");
  });

  contract("makes up a name where none is given", async ({ session }) => {
    const { job } = await run(session, { task: { kind: "command", argv: ["true"] } });
    expect(job.name).not.toBe("");
  });
}
