import { describe, expect, it } from "vitest";
import { isJsonObject, parseJsonObject } from "../json-object.js";
import { getSlurmDialect, slurmApiVersions } from "./api-versions.js";
import { renderChangeBody, renderSubmitBody, type SlurmJobRequest } from "./submit-body.js";
import { readRecordings } from "./testing/recorded-exchanges.js";

const request: SlurmJobRequest = {
  script: "#!/bin/bash\nsleep 30\n",
  name: "full",
  environment: { PATH: "/usr/bin:/bin" },
  workingDirectory: "/home/alice",
  outputPath: "/home/alice/o-%j.txt",
  errorPath: "/home/alice/e-%j.txt",
  comment: "token-123",
  partition: "debug",
  nodeList: ["n3"],
  tasks: 1,
  timeLimitMinutes: 7,
  memoryPerNodeMegabytes: 120,
};

describe("the body of a submission", () => {
  it("is what every recorded daemon took", () => {
    for (const { api, exchanges } of readRecordings()) {
      const recorded = exchanges.find(({ label }) => label === "submit: ok, full")?.request;
      const sent: unknown = JSON.parse(renderSubmitBody(request, getSlurmDialect(api)));
      // `infinite` may be left out there; we write it.
      const said: unknown = JSON.parse(JSON.stringify(sent).replaceAll('"infinite":false,', ""));
      expect([api, said]).toEqual([api, recorded]);
    }
  });

  it("says what the versions say differently", () => {
    const rich = {
      ...request,
      nodes: 2,
      gpusPerNode: 1,
      exclusive: true,
      excludedNodes: ["n1", "n2"],
      environment: { A: "line\nfeed = 'x'", EMPTY: "" },
      mailEvents: ["END", "FAIL"],
      beginAt: new Date(1_795_334_871_400),
    };
    const of = (version: (typeof slurmApiVersions)[number]): unknown =>
      JSON.parse(renderSubmitBody(rich, getSlurmDialect(version)));
    expect(of("v0.0.38")).toMatchObject({
      job: {
        environment: rich.environment,
        nodes: 2,
        gres: "gpu:1",
        exclusive: "exclusive",
        nodelist: "n3",
        exclude_nodes: "n1,n2",
        begin_time: "uts1795334872",
        mail_type: "END,FAIL",
      },
    });
    expect(of("v0.0.40")).toMatchObject({
      job: {
        environment: ["A=line\nfeed = 'x'", "EMPTY="],
        minimum_nodes: 2,
        maximum_nodes: 2,
        tres_per_node: "gres/gpu:1",
        shared: ["none"],
        required_nodes: ["n3"],
        excluded_nodes: ["n1", "n2"],
        begin_time: { set: true, infinite: false, number: 1_795_334_872 },
        mail_type: ["END", "FAIL"],
      },
    });
  });

  it("leaves out what is not asked for", () => {
    const { script, name, environment, workingDirectory, outputPath, errorPath } = request;
    const plain = { script, name, environment, workingDirectory, outputPath, errorPath };
    for (const version of slurmApiVersions) {
      const { job } = parseJsonObject(renderSubmitBody(plain, getSlurmDialect(version)));
      expect(Object.keys(isJsonObject(job) ? job : {}).sort()).toEqual([
        "current_working_directory",
        "environment",
        "name",
        "standard_error",
        "standard_output",
      ]);
    }
  });
});

describe("the body of a change", () => {
  it("holds what changes, in the version's numbers", () => {
    const change = { hold: false, timeLimitMinutes: 5 };
    expect(JSON.parse(renderChangeBody(change, getSlurmDialect("v0.0.38")))).toEqual({
      hold: false,
      time_limit: 5,
    });
    expect(JSON.parse(renderChangeBody(change, getSlurmDialect("v0.0.39")))).toEqual({
      hold: false,
      time_limit: { set: true, infinite: false, number: 5 },
    });
  });
});
