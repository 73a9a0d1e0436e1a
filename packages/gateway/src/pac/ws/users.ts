import { AuthError, NotSupportedError, ValueError } from "scarf-tomo";
import { parseUserRequest, renderUserGroups, renderUsers, type WsUser } from "scarf-tomo/wire";
import {
  changeUserDetails,
  describeUsers,
  registerUser,
  removeUser,
  type UserDetails,
} from "../../users/users.js";
import type { PacAnswer } from "../pac-answer.js";
import {
  type PacDesk,
  type PacOperation,
  type RequestUser,
  readText,
  requireSession,
} from "../pac-operation.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

const roleWords = { admin: "Administrator", normal: "Normal" } as const;

/**
 * `user` and `users`: POST adds, PUT changes, DELETE removes; GET lists, to administrators all users, to others themselves.
 * A new user has no password until the operator gives one. pac takes 204 for success and shows the text of a 403.
 */
const administration = wsOperation(
  { audited: "user administration", method: "any" },
  async (request, desk, audit) => {
    const user = await requireSession(request, desk, audit);
    const { method } = request;
    const name = request.rest[0] ?? "";
    audit.subject = [method, name].filter((part) => part !== "").join(" ");
    if (method === "GET") return listUsers();
    const file = await requireAdministrator(user, desk);
    switch (method) {
      case "DELETE":
        await removeUser(file, requireName(name));
        break;
      case "PUT":
      case "POST": {
        const described = parseUserRequest(await readText(request.body, desk.limits.requestBytes));
        audit.subject = `${method} ${described.name}`;
        const details = detailsOf(described);
        if (method === "POST") await registerUser(file, described.name, details);
        else await changeUserDetails(file, described.name, details);
        break;
      }
      default:
        throw new ValueError("USAGE_INVALID", `This can't be asked for by ${method}.`, {
          hint: "Send it by GET, POST, PUT or DELETE.",
        });
    }
    return { ...done(), headers: user.headers };

    async function listUsers(): Promise<PacAnswer> {
      const seen = (await seenUsers(user, desk)).filter((one) => name === "" || one.name === name);
      return wsAnswer(request, (format) => renderUsers(seen, format), user.headers);
    }
  },
);

/** Whatever is wrong with a request is 403: of no other status pac shows the text. */
export const users: PacOperation = {
  ...administration,
  errorForm: (failure, request) => {
    const answer = administration.errorForm(failure, request);
    return answer.status === 400 && request.method !== "GET" ? { ...answer, status: 403 } : answer;
  },
};

/** `usergroups`: the groups there are by role, with those members that this user may see. */
export const userGroups = wsOperation({}, async (request, desk, audit) => {
  const user = await requireSession(request, desk, audit);
  const seen = await seenUsers(user, desk);
  const groups = new Map(
    Object.values(roleWords).map((role) => [
      role,
      seen.filter(({ roles }) => roles.includes(role)).map(({ name }) => name),
    ]),
  );
  return wsAnswer(request, (format) => renderUserGroups(groups, format), user.headers);
});

function done(): PacAnswer {
  return { status: 204, contentType: "text/plain; charset=utf-8", headers: {}, body: "" };
}

async function seenUsers(user: RequestUser, desk: PacDesk): Promise<readonly WsUser[]> {
  const { usersFile } = desk.offered;
  const known = usersFile === undefined ? [] : await describeUsers(usersFile);
  const all = known.map(([name, details]) => describe(name, details, desk));
  const own =
    all.find(({ name }) => name === user.userName) ?? describe(user.userName, { role: "normal" }, desk);
  return own.roles.includes(roleWords.admin) ? all : [own];
}

function describe(name: string, { role, email }: UserDetails, { administrators }: PacDesk): WsUser {
  const word = administrators.includes(name) ? roleWords.admin : roleWords[role];
  return { name, roles: [word], ...(email !== undefined && { email }) };
}

/** @returns The file of users. @throws {AuthError} `PERMISSION_DENIED` */
async function requireAdministrator(user: RequestUser, desk: PacDesk): Promise<string> {
  const { usersFile } = desk.offered;
  if (usersFile === undefined) {
    throw new AuthError(
      "PERMISSION_DENIED",
      "The users of this service are those of the resource behind it.",
      {
        hint: "Ask the operator of that resource.",
      },
    );
  }
  const own = (await seenUsers(user, desk)).find(({ name }) => name === user.userName);
  if (own?.roles.includes(roleWords.admin) === true) return usersFile;
  throw new AuthError("PERMISSION_DENIED", "Only administrators may add, change or remove users.", {
    hint: "Ask the operator of the service, who does it with: scarf user add, passwd, remove, list",
  });
}

function requireName(name: string): string {
  if (name !== "") return name;
  throw new ValueError("PROPERTY_MISSING", "The request does not say which user.", {
    hint: "Give the name behind the last slash of the address.",
  });
}

function detailsOf({ email, roles }: WsUser): UserDetails {
  const known = roles.map((word) => {
    if (/^admin(?:istrator)?$/i.test(word)) return "admin";
    if (/^normal$/i.test(word)) return "normal";
    throw new NotSupportedError("NOT_SUPPORTED", `There is no role ${JSON.stringify(word)} here.`, {
      hint: "The roles are Normal and Administrator.",
    });
  });
  return { role: known.includes("admin") ? "admin" : "normal", ...(email !== undefined && { email }) };
}
