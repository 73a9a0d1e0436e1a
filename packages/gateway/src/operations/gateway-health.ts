import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type ComputeResource, isScarfError } from "scarf-tomo";
import { daysUntil } from "../server/certificate-watch.js";
import type { Store } from "../state/store.js";

/** `failing`: nothing useful can be done here. `degraded`: some of it; people should look, and balancers leave it alone. */
export type HealthStatus = "ok" | "degraded" | "failing";

export interface HealthReport {
  readonly status: HealthStatus;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

export interface HealthCheck {
  readonly status: HealthStatus;
  /** A code or a figure; never a name of a user or of a file. */
  readonly [detail: string]: string | number;
}

export interface HealthOptions {
  readonly stateDirectory: string;
  readonly store: Store;
  readonly resources: readonly ComputeResource[];
  readonly freeDiskBytes: number;
  readonly certificateExpiresAt: () => Date | undefined;
}

/** Whoever asks more often gets the same answer. */
const keepMilliseconds = 5000;
const pingMilliseconds = 5000;

/** Whether this gateway is of use. Asked as often as one likes, it looks every few seconds. */
export class GatewayHealth {
  readonly #options: HealthOptions;
  readonly #resourcesUp = new Map<string, boolean>();
  #freeBytes: number | undefined;
  #report: { readonly until: number; readonly value: Promise<HealthReport> } | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** By resource, as it was when last asked. */
  get resourcesUp(): ReadonlyMap<string, boolean> {
    return this.#resourcesUp;
  }

  async report(): Promise<HealthReport> {
    const now = performance.now();
    if (this.#report === undefined || this.#report.until < now)
      this.#report = { until: now + keepMilliseconds, value: this.#look() };
    return this.#report.value;
  }

  /** On the disk of the state directory, when it was last looked at. */
  get freeBytesSeen(): number | undefined {
    return this.#freeBytes;
  }

  async #look(): Promise<HealthReport> {
    const [state, disk, resources] = await Promise.all([
      this.#checkState(),
      this.#checkDisk(),
      this.#checkResources(),
    ]);
    const checks = { state, disk, ...resources, ...this.#checkCertificate() };
    const statuses = Object.values(checks).map(({ status }) => status);
    const noneUp = [...this.#resourcesUp.values()].every((up) => !up);
    const status =
      state.status === "failing" || noneUp
        ? "failing"
        : statuses.every((one) => one === "ok")
          ? "ok"
          : "degraded";
    return { status, checks };
  }

  /** Takes the lock that a writer needs, and gives it back. */
  async #checkState(): Promise<HealthCheck> {
    const { store, stateDirectory } = this.#options;
    try {
      store.checkWritable();
      await access(join(stateDirectory, "spool"), constants.W_OK);
      return { status: "ok" };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unusable";
      return { status: "failing", code };
    }
  }

  async #checkDisk(): Promise<HealthCheck> {
    const { bavail, bsize } = await statfs(this.#options.stateDirectory);
    const freeBytes = bavail * bsize;
    this.#freeBytes = freeBytes;
    const enough = freeBytes >= this.#options.freeDiskBytes;
    return { status: enough ? "ok" : "degraded", freeBytes };
  }

  async #checkResources(): Promise<Readonly<Record<string, HealthCheck>>> {
    const checks = this.#options.resources.map(async (resource): Promise<[string, HealthCheck]> => {
      const name = `resource ${resource.id}`;
      try {
        const { roundTripSeconds } = await resource.ping({ signal: AbortSignal.timeout(pingMilliseconds) });
        this.#resourcesUp.set(resource.id, true);
        return [name, { status: "ok", roundTripSeconds }];
      } catch (error) {
        this.#resourcesUp.set(resource.id, false);
        return [name, { status: "failing", code: isScarfError(error) ? error.code : "unexpected" }];
      }
    });
    return Object.fromEntries(await Promise.all(checks));
  }

  #checkCertificate(): Readonly<Record<string, HealthCheck>> {
    const end = this.#options.certificateExpiresAt();
    if (end === undefined) return {};
    const days = daysUntil(end);
    return { certificate: { status: days < 0 ? "degraded" : "ok", days } };
  }
}
