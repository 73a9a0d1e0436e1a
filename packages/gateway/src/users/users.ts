import { createHash, randomBytes } from "node:crypto";
import { hash as hashPassword, verify } from "@node-rs/argon2";
import { ValueError } from "scarf-tomo";
import {
  changeUsersFile,
  findSameUser,
  noPassword,
  readUsersFile,
  userNamePattern,
  type UserRecord,
} from "./users-file.js";

const minPasswordLength = 8;
/** Longer ones only cost the server time. */
const maxPasswordLength = 1024;
/** OWASP's first recommendation for argon2id: 19 MiB, two passes. It is also what the package does by default. */
const hashing = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Of a random password nobody knows: checked for unknown users, so that they take as long as known ones. */
let decoyHash: Promise<string> | undefined;

/**
 * Adds a user to the file of users (made when missing, mode 0600).
 * @throws {ValueError} `PROPERTY_INVALID`: the name or password can't be used, or the user exists.
 */
export async function addUser(file: string, userName: string, password: string): Promise<void> {
  checkUserName(userName);
  const hashed = await hash(password);
  await changeUsersFile(file, (users) => {
    const other = findSameUser(users, userName);
    if (other === userName) {
      throw new ValueError("PROPERTY_INVALID", `User ${userName} exists already.`, {
        hint: `To change the password: scarf user passwd ${userName}`,
      });
    }
    if (other !== undefined) {
      throw new ValueError("PROPERTY_INVALID", `${userName} differs from ${other} only in case.`, {
        hint: "Use a name that nobody takes for another's.",
      });
    }
    users.set(userName, { hash: hashed, role: "normal" });
  });
}

/** Replaces a user's password; sessions opened with the old one end. @throws {ValueError} `PROPERTY_INVALID`: no such user. */
export async function setPassword(file: string, userName: string, password: string): Promise<void> {
  const hashed = await hash(password);
  await changeUsersFile(file, (users) => {
    users.set(userName, { ...requireUser(users, userName), hash: hashed });
  });
}

/** Removes a user; open sessions end. Jobs and files stay. @throws {ValueError} `PROPERTY_INVALID`: no such user. */
export async function removeUser(file: string, userName: string): Promise<void> {
  await changeUsersFile(file, (users) => {
    requireUser(users, userName);
    users.delete(userName);
  });
}

/** Names of all users, sorted. */
export async function listUsers(file: string): Promise<readonly string[]> {
  return [...(await readUsersFile(file)).keys()].sort();
}

/** True for the right password. Takes the same time for a user that does not exist. */
export async function checkPassword(file: string, userName: string, password: string): Promise<boolean> {
  const known = (await readUsersFile(file)).get(userName);
  decoyHash ??= hashPassword(randomBytes(32), hashing);
  const usable = known === undefined || known.hash === noPassword ? undefined : known.hash;
  const right = await verify(usable ?? (await decoyHash), password.slice(0, maxPasswordLength + 1));
  return right && usable !== undefined;
}

/** A short text that changes when the user's password does; undefined for an unknown user. */
export async function getPasswordStamp(file: string, userName: string): Promise<string | undefined> {
  const known = (await readUsersFile(file)).get(userName);
  return known === undefined ? undefined : stampOf(known);
}

const stamps = new WeakMap<UserRecord, string>();

function stampOf(user: UserRecord): string {
  const known = stamps.get(user);
  if (known !== undefined) return known;
  const stamp = createHash("sha256").update(user.hash).digest("hex").slice(0, 16);
  stamps.set(user, stamp);
  return stamp;
}

/** What is known about a user besides the password. */
export type UserDetails = Omit<UserRecord, "hash">;

/** All users with what is known of them, sorted by name. */
export async function describeUsers(file: string): Promise<readonly (readonly [string, UserDetails])[]> {
  return [...(await readUsersFile(file))].sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Adds a user without a password: who logs in by bearer token or certificate, or is given one later (`setPassword`).
 * @throws {ValueError} `PROPERTY_INVALID`: the name or address can't be used, or the user exists.
 */
export async function registerUser(file: string, userName: string, details: UserDetails): Promise<void> {
  checkUserName(userName);
  checkEmail(details.email);
  await changeUsersFile(file, (users) => {
    if (users.has(userName))
      throw new ValueError("PROPERTY_INVALID", `User ${userName} exists already.`, {
        hint: "Choose another name.",
      });
    users.set(userName, { ...details, hash: noPassword });
  });
}

/** Replaces role and address; the password and open sessions stay. @throws {ValueError} `PROPERTY_INVALID`: no such user. */
export async function changeUserDetails(file: string, userName: string, details: UserDetails): Promise<void> {
  checkEmail(details.email);
  await changeUsersFile(file, (users) => {
    const known = requireUser(users, userName);
    users.set(userName, { ...details, hash: known.hash });
  });
}

function checkEmail(email: string | undefined): void {
  if (email === undefined || /^[^\s@:#]+@[^\s@:]+$/.test(email)) return;
  throw new ValueError("PROPERTY_INVALID", "This address of e-mail can't be used.", {
    hint: "Write it like anna@example.org, without spaces.",
  });
}

function checkUserName(userName: string): void {
  if (userNamePattern.test(userName)) return;
  throw new ValueError("PROPERTY_INVALID", `${JSON.stringify(userName)} can't be a user name.`, {
    hint: "Use 1 to 64 letters, digits, dots, hyphens, underscores or @, and no dot or hyphen at the beginning.",
  });
}

async function hash(password: string): Promise<string> {
  if (
    password.length < minPasswordLength ||
    password.length > maxPasswordLength ||
    /[\r\n\0]/.test(password)
  ) {
    throw new ValueError("PROPERTY_INVALID", "This password can't be used.", {
      hint: `Choose ${minPasswordLength} to ${maxPasswordLength} characters on one line.`,
    });
  }
  return hashPassword(password, hashing);
}

function requireUser(users: ReadonlyMap<string, UserRecord>, userName: string): UserRecord {
  const known = users.get(userName);
  if (known !== undefined) return known;
  throw new ValueError("PROPERTY_INVALID", `There is no user ${JSON.stringify(userName)}.`, {
    hint: "See the users: scarf user list",
  });
}
