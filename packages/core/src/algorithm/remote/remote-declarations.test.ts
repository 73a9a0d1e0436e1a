import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AlgorithmProperty } from "../algorithm-declaration.js";
import { algorithms } from "../algorithms.js";

const remote = algorithms.filter(({ algorithmName }) => algorithmName !== "SCARFTomoReconstruction");

/**
 * Mantid's table, version 2: `*` = mandatory; ids are texts here; numbers and lists as Mantid has them. What follows the `|`
 * is ours. Mantid's ComputeResource had to be one of the configured names, so it was as good as mandatory.
 */
const mantid = `
Authenticate           ComputeResource* UserName* Password
StartRemoteTransaction ComputeResource* >TransactionID | UserName
UploadRemoteFile       ComputeResource* TransactionID* RemoteFileName* LocalFileName* | UserName Overwrite
SubmitRemoteJob        ComputeResource* NumNodes=1 CoresPerNode=1 TaskName TransactionID* ScriptName* ScriptParams* >JobID | UserName
QueryRemoteJob         ComputeResource* JobID* >JobName >ScriptName >JobStatusString >TransID >SubmitDate >StartDate >CompletionDate >CommandLine | UserName
QueryAllRemoteJobs     ComputeResource* >>JobID >>JobStatusString >>JobName >>ScriptName >>TransID >>SubmitDate >>StartDate >>CompletionDate >>CommandLine | UserName
QueryRemoteFile        ComputeResource* TransactionID* >>FileNames | UserName
DownloadRemoteFile     ComputeResource* TransactionID* RemoteFileName* LocalFileName* | UserName Overwrite
AbortRemoteJob         ComputeResource* JobID* | UserName
StopRemoteTransaction  ComputeResource* TransactionID* | UserName
Logout                 ComputeResource* UserName*
`;

function shorthand({ name, direction, type, default: value, validator }: AlgorithmProperty): string {
  const arrow = direction === "input" ? "" : type === "text-list" ? ">>" : ">";
  const number = typeof value === "number" ? `=${value}` : "";
  return `${arrow}${name}${number}${validator.kind === "mandatory" ? "*" : ""}`;
}

const lines = mantid
  .trim()
  .split("\n")
  .map((line) => line.split(/ +/));

describe("the remote algorithms", () => {
  it("are Mantid's eleven", () => {
    expect(remote.map(({ algorithmName }) => algorithmName)).toEqual(lines.map(([name]) => name));
    expect(new Set(remote.map(({ version, category }) => `${category} ${version}`))).toEqual(
      new Set(["Remote 2"]),
    );
  });

  it.each(remote.map((algorithm) => [algorithm.algorithmName, algorithm] as const))(
    "%s has Mantid's properties, and few more",
    (name, { properties }) => {
      const expected = lines.find(([first]) => first === name)?.slice(1) ?? [];
      expect(properties.map(shorthand)).toEqual(expected.filter((word) => word !== "|"));
    },
  );

  it("mask the password and nothing else", () => {
    const masked = remote.flatMap(({ properties }) => properties.filter((one) => one.masked === true));
    expect(masked.map(({ name }) => name)).toEqual(["Password"]);
  });

  it("have no actions, and can be told so", () => {
    expect(remote.map(({ actions }) => actions)).toEqual(remote.map(() => undefined));
    expect(algorithms[0]?.actions).toHaveProperty("SubmitJob");
  });

  it("are what their reference page says, both ways", () => {
    const page = readFileSync(
      new URL("../../../../../docs/reference/remote-algorithms.md", import.meta.url),
      "utf8",
    );
    const begin = page.indexOf("\n## Authenticate");
    const end = page.indexOf("\n## Good to know");
    const sections = remote.map(({ algorithmName, documentation, properties }) =>
      [
        `## ${algorithmName}`,
        documentation,
        `| Property | Direction | Type | Default | Needed | Meaning |\n| --- | --- | --- | --- | --- | --- |\n${properties.map(row).join("\n")}`,
      ].join("\n\n"),
    );
    expect(page.slice(begin, end).trim()).toBe(sections.join("\n\n"));
  });
});

function row({ name, direction, type, default: value, validator, documentation }: AlgorithmProperty): string {
  const cells = [
    `\`${name}\``,
    direction,
    type,
    value === "" ? "" : `\`${JSON.stringify(value)}\``,
    validator.kind === "mandatory" ? "yes" : "",
    documentation,
  ];
  return `| ${cells.join(" | ")} |`.replaceAll("|  |", "| |").replaceAll("|  |", "| |");
}
