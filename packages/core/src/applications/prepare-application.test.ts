import { expect, it } from "vitest";
import type { ApplicationTask } from "../model/index.js";
import { PacSimulator } from "../resources/pac/testing/pac-simulator.js";
import { sessionFor } from "../resources/pac/testing/test-resource.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { ApplicationCatalogue } from "./application-catalogue.js";
import { prepareApplication } from "./prepare-application.js";

const catalogue = (): Promise<ApplicationCatalogue> => ApplicationCatalogue.load();
const task = (parameters: Record<string, string>): ApplicationTask => ({
  kind: "application",
  application: "generic",
  parameters,
});

it("a service's own form is checked before anything is sent; fields that it did not tell pass", async () => {
  await using simulator = await PacSimulator.start();
  const session = await sessionFor(simulator);
  const submits = (): number => simulator.requests.filter(({ url }) => url.includes("submit")).length;
  await expect(
    prepareApplication(session, catalogue, { task: task({ SITE_OWN: "x" }) }),
  ).rejects.toMatchObject({
    code: "SPEC_INVALID",
    message: "COMMANDTORUN of application generic (Command to run) must be given.",
  });
  const right = { task: task({ COMMANDTORUN: "true", SITE_OWN: "x" }) };
  expect(await prepareApplication(session, catalogue, right)).toBe(right);
  expect(submits()).toBe(0);
});

it("a service that keeps its forms to itself hinders no submit", async () => {
  await using simulator = await PacSimulator.start();
  const session = await sessionFor(simulator);
  simulator.faults.push({
    path: /appParams/,
    reply: { body: "<AppParams><errMsg>You may not see the form.</errMsg></AppParams>" },
  });
  const spec = { task: task({}) };
  expect(await prepareApplication(session, catalogue, spec)).toBe(spec);
});

it("a session that has ended is told as that, and not taken for a missing form", async () => {
  await using simulator = await PacSimulator.start();
  const session = await sessionFor(simulator);
  simulator.faults.push({
    path: /appParams/,
    reply: { body: "<AppParams><errMsg>Your current login session was logout.</errMsg></AppParams>" },
  });
  await expect(prepareApplication(session, catalogue, { task: task({}) })).rejects.toMatchObject({
    code: "SESSION_EXPIRED",
  });
});

it("where the resource knows no forms, ours is expanded; what is no form passes as it is", async () => {
  const resource = new MemoryResource("m", { applicationForms: false, password: false });
  resource.addUser("ada", "secret");
  const session = await resource.logIn({ userName: "ada", password: "secret" });
  const spec = await prepareApplication(session, catalogue, { task: task({ COMMANDTORUN: "true" }) });
  expect(spec.task).toEqual({ kind: "shell", commandLine: "true" });
  const command = { task: { kind: "command", argv: ["true"] } } as const;
  expect(await prepareApplication(session, catalogue, command)).toBe(command);
});
