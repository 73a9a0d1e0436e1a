import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ApplicationCatalogue } from "./application-catalogue.js";
import { fieldTypes } from "../model/index.js";
import { parameterTargets } from "./application-template.js";
import { standardParameters } from "./standard-parameters.js";

const page = readFileSync(new URL("../../../../docs/reference/applications.md", import.meta.url), "utf8");

it("the example of the reference page is an application", async () => {
  const directory = mkdtempSync(join(tmpdir(), "reference-"));
  writeFileSync(join(directory, "example.toml"), /```toml\n(.*?)```/s.exec(page)?.[1] ?? "");
  const catalogue = await ApplicationCatalogue.load([directory]);
  rmSync(directory, { recursive: true });
  expect(catalogue.broken()).toEqual([]);
  expect(
    catalogue.expand({
      kind: "application",
      application: "tomopy-cli",
      parameters: { INPUT: "/data/scan.h5", AXIS: "295.6" },
    }),
  ).toEqual({
    queue: "tomography",
    task: {
      kind: "command",
      argv: [
        "tomopy",
        "recon",
        "--file-name",
        "/data/scan.h5",
        "--reconstruction-type",
        "full",
        "--rotation-axis-auto",
        "manual",
        "--rotation-axis",
        "295.6",
      ],
    },
  });
});

it("the reference page names every type, target, standard field and built-in application, and no others", async () => {
  const catalogue = await ApplicationCatalogue.load();
  expect(namesInFirstColumn("| Type |")).toEqual([...fieldTypes].sort());
  expect(namesInFirstColumn("| Field |")).toEqual(standardParameters.map(({ id }) => id).sort());
  expect(namesInFirstColumn("| Application |")).toEqual([...catalogue.names()]);
  const targets = /`sets` is one of (.*?)\.\n/s.exec(page)?.[1] ?? "";
  expect([...targets.matchAll(/`(\w+)`/g)].map((match) => match[1])).toEqual([...parameterTargets]);
});

function namesInFirstColumn(header: string): readonly string[] {
  const table = page.slice(page.indexOf(header)).split("\n\n", 1)[0] ?? "";
  const cells = table
    .split("\n")
    .slice(2)
    .map((row) => row.split("|")[1] ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "")).sort();
}
