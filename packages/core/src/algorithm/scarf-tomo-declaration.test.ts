import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AlgorithmDeclaration, AlgorithmProperty } from "./algorithm-declaration.js";
import { scarfTomoDeclaration } from "./scarf-tomo-declaration.js";

const declaration: AlgorithmDeclaration = scarfTomoDeclaration;

/** Mantid's table: name, direction, type, default, visible when. Its integer ids are texts here, their default 0 is empty. */
const mantid = `
UserName              in   text       ""                                                    always
Action                in   text       "LogIn"                                               always
Password              in   text       ""                                                    LogIn
RunnablePath          in   text       "/work/imat/webservice_test/tomopy/imat_recon_FBP.py" SubmitJob
JobOptions            in   text       "/work/imat/webservice_test/remote_output/test_"      SubmitJob
JobName               in   text       ""                                                    SubmitJob
FileToUpload          in   file       ""                                                    Upload
DestinationDirectory  in   text       "/work/imat"                                          Upload
RemoteJobsID          out  text-list  []                                                    always
RemoteJobsNames       out  text-list  []                                                    always
RemoteJobsStatus      out  text-list  []                                                    always
RemoteJobsCommands    out  text-list  []                                                    always
JobID                 in   job-id     ""                                                    JobStatusByID
RemoteJobName         out  text       ""                                                    JobStatusByID
RemoteJobStatus       out  text       ""                                                    JobStatusByID
RemoteJobCommand      out  text       ""                                                    JobStatusByID
RemoteJobFilename     in   text       ""                                                    Download
LocalDirectory        in   directory  ""                                                    Download
DownloadJobID         in   job-id     ""                                                    Download
CancelJobID           in   job-id     ""                                                    CancelJob
`;

function row({ name, direction, type, default: value, visibleWhen }: AlgorithmProperty): string {
  const when = visibleWhen?.join(" ") ?? "always";
  return [name, direction === "input" ? "in" : "out", type, JSON.stringify(value), when].join(" ");
}

describe("SCARFTomoReconstruction", () => {
  it("has Mantid's properties, in Mantid's order, with Mantid's defaults, and three more", () => {
    const expected = mantid
      .trim()
      .split("\n")
      .map((line) => line.replaceAll(/ +/g, " "));
    const rows = declaration.properties.map(row);
    expect(rows.slice(0, expected.length)).toEqual(expected);
    expect(rows.slice(expected.length)).toEqual([
      `RemoteJobID out text "" SubmitJob`,
      `ComputeResource in text "SCARF@STFC" always`,
      `Overwrite in flag false Download Upload`,
    ]);
  });

  it("has Mantid's nine actions in Mantid's order", () => {
    const actions = [
      "LogIn",
      "LogOut",
      "Ping",
      "Upload",
      "SubmitJob",
      "JobStatus",
      "JobStatusByID",
      "Download",
      "CancelJob",
    ];
    expect(Object.keys(declaration.actions)).toEqual(actions);
    const action = declaration.properties.find(({ name }) => name === "Action");
    expect(action?.validator).toEqual({ kind: "one-of", values: actions });
  });

  it("masks the password and nothing else", () => {
    expect(declaration.properties.filter(({ masked }) => masked === true).map(({ name }) => name)).toEqual([
      "Password",
    ]);
  });

  it("shows in a dialog exactly what an action reads and gives", () => {
    for (const [name, action] of Object.entries(declaration.actions)) {
      const used = [...action.needs, ...action.takes, ...action.gives];
      const shown = declaration.properties.filter(({ visibleWhen }) => visibleWhen?.includes(name) === true);
      const always = declaration.properties.filter(({ visibleWhen }) => visibleWhen === undefined);
      expect(new Set([...used, ...always.map((property) => property.name)])).toEqual(
        new Set([...shown, ...always].map((property) => property.name)),
      );
    }
  });

  it("is what its reference page says, both ways", () => {
    const page = readFileSync(
      new URL("../../../../docs/reference/SCARFTomoReconstruction.md", import.meta.url),
      "utf8",
    );
    const aliases = Object.entries(declaration.aliases);
    const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
    const properties = declaration.properties.map((property) =>
      cells(
        `\`${property.name}\``,
        property.direction,
        property.type,
        property.default === "" ? "" : `\`${JSON.stringify(property.default)}\``,
        property.visibleWhen === undefined ? "always" : code(property.visibleWhen),
        property.documentation,
      ),
    );
    const actions = Object.entries(declaration.actions).map(([name, action]) =>
      cells(
        `\`${name}\``,
        code(aliases.filter(([, target]) => target === name).map(([alias]) => alias)),
        code(action.needs),
        code(action.takes),
        code(action.gives),
        action.documentation,
      ),
    );
    expect(tableBelow(page, "## Properties").join("\n")).toBe(properties.join("\n"));
    expect(tableBelow(page, "## Actions").join("\n")).toBe(actions.join("\n"));
  });
});

function cells(...texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`.replaceAll("|  |", "| |").replaceAll("|  |", "| |");
}

function tableBelow(page: string, heading: string): readonly string[] {
  const section = page.slice(page.indexOf(heading)).split("\n## ", 2)[0] ?? "";
  return section.split("\n").filter((line) => line.startsWith("| `"));
}
