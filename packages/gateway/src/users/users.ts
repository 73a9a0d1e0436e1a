import { createHash, randomBytes } from "node:crypto";
import { hash as hashPassword, verify } from "@node-rs/argon2";
import { ValueError } from "scarf-tomo";
import { changeUsersFile, readUsersFile, userNamePattern } from "./users-file.js";

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
    if (users.has(userName)) {
      throw new ValueError("PROPERTY_INVALID", `User ${userName} exists already.`, {
        hint: `To change the password: scarf user passwd ${userName}`,
      });
    }
    users.set(userName, hashed);
  });
}

/** Replaces a user's password; sessions opened with the old one end. @throws {ValueError} `PROPERTY_INVALID`: no such user. */
export async function setPassword(file: string, userName: string, password: string): Promise<void> {
  const hashed = await hash(password);
  await changeUsersFile(file, (users) => {
    requireUser(users, userName);
    users.set(userName, hashed);
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
  const right = await verify(known ?? (await decoyHash), password.slice(0, maxPasswordLength + 1));
  return right && known !== undefined;
}

/** A short text that changes when the user's password does; undefined for an unknown user. */
export async function getPasswordStamp(file: string, userName: string): Promise<string | undefined> {
  const known = (await readUsersFile(file)).get(userName);
  return known === undefined ? undefined : createHash("sha256").update(known).digest("hex").slice(0, 16);
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

function requireUser(users: ReadonlyMap<string, string>, userName: string): void {
  if (users.has(userName)) return;
  throw new ValueError("PROPERTY_INVALID", `There is no user ${JSON.stringify(userName)}.`, {
    hint: "See the users: scarf user list",
  });
}
