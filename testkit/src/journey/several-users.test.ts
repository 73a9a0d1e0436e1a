import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  configureAlgorithm,
  LocalResource,
  PacResource,
  SCARFTomoReconstruction,
  SessionManager,
} from "scarf-tomo";
import { addUser, startGateway } from "scarf-tomo-gateway";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const users = ["ada", "ben", "cleo", "dov", "eva"] as const;
const clusters = ["SCARF@STFC", "diamond", "laptop"] as const;
const passwordOf = (user: string): string => `the password of ${user}`;

/** One user on one resource, and what they have there. */
interface Place {
  readonly UserName: string;
  readonly ComputeResource: string;
}
const places: readonly Place[] = users.flatMap((UserName) =>
  clusters.map((ComputeResource) => ({ UserName, ComputeResource })),
);

describe(
  "five users on three resources in one program, one of them over the web service",
  { timeout: 60_000 },
  () => {
    let folder: string;
    let sessions: SessionManager;
    const closing: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "scarf-several-"));
      const stateDirectory = join(folder, "state");
      for (const user of users) await addUser(join(stateDirectory, "users"), user, passwordOf(user));
      const programs = join(folder, "programs");
      await mkdir(programs);
      // SCARF's applications run scripts by `python`; here that is a shell, so that the test needs nothing else.
      await writeFile(join(programs, "python"), '#!/bin/sh\nexec /bin/sh "$@"\n', { mode: 0o755 });
      const local = (id: string): LocalResource =>
        new LocalResource({
          id,
          workspace: join(folder, id),
          extraPath: [programs],
          slots: 4,
          idleSeconds: 0.5,
        });
      const behind = local("behind");
      const gateway = await startGateway(
        { listen: "127.0.0.1:0", stateDirectory, log: { level: "silent" } },
        { resources: [behind] },
      );
      const scarf = new PacResource({
        id: "SCARF@STFC",
        baseUrl: gateway.pacUrl,
        login: { kind: "token-page", url: `${gateway.url}cgi-bin/token.py` },
      });
      sessions = new SessionManager({ resources: [scarf, local("diamond"), local("laptop")] });
      closing.push(
        () => sessions.close(),
        () => gateway.close(),
        () => behind.close(),
      );
      configureAlgorithm({ sessions });
    });
    afterEach(() => configureAlgorithm({ sessions }));
    afterAll(async () => {
      configureAlgorithm({});
      for (const close of closing) await close();
      await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 100 });
    });

    it("each sees, fetches and cancels only their own, and logs out alone", async () => {
      const script = join(folder, "who.sh");
      await writeFile(script, 'echo "$1" > who.txt\n');

      // All at once, as users do.
      const ids = await Promise.all(
        places.map(async (who) => {
          await SCARFTomoReconstruction({ Action: "LogIn", Password: passwordOf(who.UserName), ...who });
          const { RemoteJobID } = await SCARFTomoReconstruction({
            Action: "SubmitJob",
            RunnablePath: script,
            JobOptions: `'${nameOf(who)}'`,
            JobName: `scan of ${nameOf(who)}`,
            ...who,
          });
          return RemoteJobID;
        }),
      );
      const idOf = (who: Place): string => ids[places.indexOf(who)] ?? "";
      for (const cluster of clusters) {
        const there = places.filter(({ ComputeResource }) => ComputeResource === cluster).map(idOf);
        expect(new Set(there).size, `ids on ${cluster}`).toBe(users.length);
      }

      await Promise.all(
        places.map(async (who) => {
          const status = () => SCARFTomoReconstruction({ Action: "JobStatus", ...who });
          await expect.poll(status, { timeout: 40_000 }).toMatchObject({ RemoteJobsStatus: ["Done"] });
          expect(await status()).toMatchObject({
            RemoteJobsID: [idOf(who)],
            RemoteJobsNames: [`scan of ${nameOf(who)}`],
          });
          const LocalDirectory = await mkdtemp(join(folder, "fetched-"));
          await SCARFTomoReconstruction({
            Action: "Download",
            DownloadJobID: idOf(who),
            RemoteJobFilename: "who.txt",
            LocalDirectory,
            ...who,
          });
          expect(await readFile(join(LocalDirectory, "who.txt"), "utf8")).toBe(`${nameOf(who)}\n`);

          // The job of the next user on the same resource is not there for this one.
          const other = places.find(
            ({ UserName, ComputeResource }) =>
              UserName === next(who.UserName) && ComputeResource === who.ComputeResource,
          );
          const JobID = other === undefined ? "" : idOf(other);
          const notThere = { code: "JOB_NOT_FOUND" };
          const rejected = (work: Promise<unknown>): Promise<void> =>
            expect(work).rejects.toMatchObject(notThere);
          await rejected(SCARFTomoReconstruction({ Action: "JobStatusByID", JobID, ...who }));
          await rejected(SCARFTomoReconstruction({ Action: "CancelJob", CancelJobID: JobID, ...who }));
          await rejected(
            SCARFTomoReconstruction({ Action: "Download", DownloadJobID: JobID, LocalDirectory, ...who }),
          );
        }),
      );

      // One log-out on one resource is no other, neither of the user nor of the resource.
      for (const gone of [places[0], places[4]]) {
        if (gone === undefined) continue;
        await SCARFTomoReconstruction({ Action: "LogOut", ...gone });
        await expect(SCARFTomoReconstruction({ Action: "JobStatus", ...gone })).rejects.toMatchObject({
          code: "NOT_LOGGED_IN",
          message: expect.stringContaining(
            `${gone.UserName} is not logged in on ${gone.ComputeResource}`,
          ) as unknown,
        });
      }
      const others = places.filter((_, index) => index !== 0 && index !== 4);
      const lists = await Promise.all(
        others.map((who) => SCARFTomoReconstruction({ Action: "JobStatus", ...who })),
      );
      expect(lists.map(({ RemoteJobsID }) => RemoteJobsID)).toEqual(others.map((who) => [idOf(who)]));
    });

    it("the user of the last call is remembered for each resource by itself", async () => {
      const one = { Action: "JobStatus", UserName: "cleo", ComputeResource: "SCARF@STFC" } as const;
      const two = { Action: "JobStatus", UserName: "eva", ComputeResource: "diamond" } as const;
      const named = [await SCARFTomoReconstruction(one), await SCARFTomoReconstruction(two)];
      const remembered = [
        await SCARFTomoReconstruction({ Action: "JobStatus" }),
        await SCARFTomoReconstruction({ Action: "JobStatus", ComputeResource: "diamond" }),
      ];
      expect(remembered).toEqual(named);
      expect(named.map(({ RemoteJobsNames }) => RemoteJobsNames)).toEqual([
        ["scan of cleo at SCARF@STFC"],
        ["scan of eva at diamond"],
      ]);
    });
  },
);

function nameOf({ UserName, ComputeResource }: Place): string {
  return `${UserName} at ${ComputeResource}`;
}

function next(user: string): string {
  const at = users.findIndex((one) => one === user);
  return users[(at + 1) % users.length] ?? "";
}
