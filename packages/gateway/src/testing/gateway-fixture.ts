import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayConfigurationInput } from "../configuration/gateway-schema.js";
import { type Gateway, startGateway } from "../server/start-gateway.js";
import { addUser } from "../users/users.js";
import { type RawAnswer, sendRaw } from "./raw-http.js";
import { removeFolder } from "./remove-folder.js";

export const userName = "scarf362";
export const password = "correct horse";

/** A gateway on this machine's own resource in a temporary folder, with one user. */
export interface GatewayFixture extends AsyncDisposable {
  readonly folder: string;
  readonly gateway: Gateway;
  readonly port: number;
  readonly usersFile: string;
  /** The user's own directory on the resource. */
  readonly userDirectory: string;
  /** Stops the gateway and starts another one on the same state and port. */
  restart(): Promise<void>;
  /** The token as it stands in a cookie. */
  logOn(user?: string, password?: string): Promise<string>;
  /** A GET with cookie, as pac sends it. */
  get(
    path: string,
    cookie: string,
    extra?: { readonly accept?: string; readonly body?: string },
  ): Promise<RawAnswer>;
}

export const pacAccept = "text/plain,application/xml,text/xml,multipart/mixed";
export const mantidAccept = "text/plain,application/xml,text/xml";

export async function startFixture(
  changes: Partial<GatewayConfigurationInput> = {},
): Promise<GatewayFixture> {
  const folder = await mkdtemp(join(tmpdir(), "gateway-"));
  const usersFile = join(folder, "state", "users");
  await addUser(usersFile, userName, password);
  const workspace = join(folder, "workspace");
  const start = (listen: string): Promise<Gateway> =>
    startGateway({
      listen,
      stateDirectory: join(folder, "state"),
      log: { file: join(folder, "gateway.log"), auditFile: join(folder, "audit.log") },
      resources: { local: { kind: "local", workspace, slots: 2, idleSeconds: 0.2 } },
      ...changes,
    });
  let gateway = await start("127.0.0.1:0");
  const port = Number(new URL(gateway.url).port);
  const logOn = async (user = userName, pass = password): Promise<string> => {
    const body = `<User><name>${user}</name> <pass>${pass}</pass> </User>`;
    const answer = await sendRaw(
      port,
      `GET /platform/webservice/pacclient/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const token = /<token>(.*)<\/token>/.exec(answer.text)?.[1];
    if (token === undefined) throw new Error(`no token: ${answer.text}`);
    return token.replaceAll(/"|&quot;/g, "#quote#");
  };
  return {
    folder,
    get gateway() {
      return gateway;
    },
    port,
    usersFile,
    userDirectory: join(workspace, "users", userName),
    async restart() {
      await gateway.close();
      gateway = await start(`127.0.0.1:${port}`);
    },
    logOn,
    get: (path, cookie, { accept = pacAccept, body = "" } = {}) =>
      sendRaw(
        port,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\ncontent-type: text/plain\r\ncookie: platform_token=${cookie}\r\n` +
          `accept: ${accept}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await removeFolder(folder);
    },
  };
}
