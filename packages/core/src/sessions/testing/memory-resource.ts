import { randomUUID } from "node:crypto";
import { AuthError, ValueError } from "../../errors/index.js";
import type { Capabilities } from "../../model/index.js";
import type {
  ComputeResource,
  Credentials,
  PingAnswer,
  SavedSession,
  Session,
} from "../../resources/compute-resource.js";
import { MemoryServer } from "./memory-server.js";
import { MemorySession } from "./memory-session.js";

const everything: Capabilities = {
  password: true,
  applicationForms: false,
  arrays: false,
  dependencies: false,
  hold: false,
  suspend: false,
  requeue: false,
  beginAt: false,
  queues: false,
  userCommands: false,
  submitOnce: true,
  preciseOutcomes: true,
  fileBrowsing: true,
  byteRanges: true,
  exclusiveWrite: true,
  checksums: true,
};

/** A resource for tests that lives in this process. */
export class MemoryResource extends MemoryServer implements ComputeResource {
  readonly kind = "memory";
  readonly capabilities: Capabilities;

  constructor(id: string, capabilities: Partial<Capabilities> = {}) {
    super(id);
    this.capabilities = { ...everything, ...capabilities };
  }

  ping(): Promise<PingAnswer> {
    return this.call("ping", () => ({ message: "here", roundTripSeconds: 0 }));
  }

  logIn({ userName, password }: Credentials): Promise<Session> {
    return this.call("logIn", () => {
      if (password === undefined) throw new ValueError("PROPERTY_MISSING", "no password");
      if (this.users.get(userName)?.password !== password)
        throw new AuthError("AUTH_FAILED", `${this.id} did not accept this user name and password`);
      const token = randomUUID();
      this.tokens.set(token, userName);
      return new MemorySession(this, userName, token);
    });
  }

  resume(saved: SavedSession): Session {
    return new MemorySession(this, saved.userName, saved.state["token"] ?? "");
  }

  async close(): Promise<void> {}
}
