import { readdir } from "node:fs/promises";
import {
  bytesSource,
  type ComputeResource,
  MantidWebResource,
  PacResource,
  type Session,
  waitForJob,
} from "scarf-tomo";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ScarfInABox, startScarf } from "../journey/scarf-in-a-box.js";
import { FaultProxy } from "./fault-proxy.js";
import { SeededRandom } from "./seeded-random.js";

const places = 12;

let scarf: ScarfInABox;
let proxy: FaultProxy;
const resources: ComputeResource[] = [];

beforeAll(async () => {
  scarf = await startScarf({ mantidWeb: true });
  proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
});
afterAll(async () => {
  for (const resource of resources) await resource.close();
  await proxy[Symbol.asyncDispose]();
  await scarf[Symbol.asyncDispose]();
});

const lookUpPausesSeconds = [0.01, 0.01];

it.each<[string, (origin: string) => ComputeResource, RegExp]>([
  [
    "pac, current generation",
    (origin) =>
      new PacResource({
        id: "one",
        baseUrl: `${origin}/platform/`,
        generation: "current",
        lookUpPausesSeconds,
      }),
    /jobs\/submit/,
  ],
  [
    "pac, legacy generation",
    (origin) =>
      new PacResource({
        id: "two",
        baseUrl: `${origin}/platform/`,
        generation: "legacy",
        lookUpPausesSeconds,
      }),
    /submitapp/,
  ],
  [
    "the service of Mantid",
    (origin) =>
      new MantidWebResource({ id: "three", baseUrl: `${origin}/MantidRemote`, lookUpPausesSeconds }),
    /MantidRemote\/submit/,
  ],
])(
  "a submit that is damaged on its way is noticed and made again, once and right: %s",
  async (name, open, isSubmit) => {
    const resource = open(proxy.origin);
    resources.push(resource);
    const session: Session = await resource.logIn(scarf);
    const random = new SeededRandom(7);
    const before = (await session.list()).length;
    const ids: string[] = [];
    for (let place = 1; place <= places; place += 1) {
      let submits = 0;
      proxy.plan = ({ target, head, requestBytes }) => {
        if (!isSubmit.test(target) || (submits += 1) > 1) return undefined;
        const bodyBytes = requestBytes - Buffer.byteLength(head);
        const afterBytes = Buffer.byteLength(head) + random.below(bodyBytes);
        return { direction: "request", afterBytes, act: { kind: "corrupt", bytes: 1 } };
      };
      const id = await session.submit(
        {
          name: `place ${place}`,
          task: { kind: "shell", commandLine: `cat in.txt; echo 'made by ${name}, ${place}'` },
          attachments: [{ name: "in.txt", source: bytesSource(`input ${place}\n`) }],
          outputPath: "out.txt",
        },
        { submitKey: `${name} ${place}` },
      );
      expect([place, submits]).toEqual([place, 2]);
      ids.push(id);
    }
    proxy.plan = undefined;
    for (const [index, id] of ids.entries()) {
      expect((await waitForJob(session, id)).status).toMatchObject({ outcome: "succeeded" });
      let text = "";
      for await (const chunk of (await session.jobFiles(id).read("out.txt")).chunks)
        text += Buffer.from(chunk).toString();
      expect(text).toBe(`input ${index + 1}\nmade by ${name}, ${index + 1}\n`);
    }
    expect(await session.list()).toHaveLength(before + places);
    expect(await readdir(scarf.spool)).toEqual([]);
    expect(proxy.done.length).toBeGreaterThanOrEqual(places);
    proxy.reset();
  },
);
