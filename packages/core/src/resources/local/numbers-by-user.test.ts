import { mkdirSync, mkdtempSync, rmdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readdirSync } from "node:fs";
import { NumbersByUser } from "./numbers-by-user.js";

let path: string;
let users: Map<number, string>;
let lists: number;
let numbers: NumbersByUser;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "numbers-"));
  users = new Map();
  lists = 0;
  numbers = new NumbersByUser({
    path,
    listNumbers: () => {
      lists += 1;
      return readdirSync(path).map(Number);
    },
    readUser: (number) => users.get(number),
  });
});
afterEach(() => rmSync(path, { recursive: true }));

function put(number: number, user?: string): void {
  mkdirSync(join(path, String(number)));
  if (user !== undefined) users.set(number, user);
}

it("tells each user's jobs, newest first, whatever the order in which they were found", () => {
  put(2, "ada");
  put(9, "ben");
  expect(numbers.list("ada")).toEqual([2]);
  put(10, "ada");
  put(1, "ada");
  put(5, "ada");
  expect([numbers.list("ada"), numbers.list("ben"), numbers.list("cleo")]).toEqual([[10, 5, 2, 1], [9], []]);
});

it("finds a job when its submit is completed, which changes no directory", async () => {
  put(3);
  await sleep(150);
  expect(numbers.list("ada")).toEqual([]);
  users.set(3, "ada");
  expect([numbers.list("ada"), lists]).toEqual([[3], 1]);
});

it("forgets what was removed, also when the time is put back", async () => {
  put(3, "ada");
  put(4, "ada");
  await sleep(150);
  expect(numbers.list("ada")).toEqual([4, 3]);
  rmdirSync(join(path, "4"));
  utimesSync(path, 1, 1);
  expect(numbers.list("ada")).toEqual([3]);
});

it("does not list again what has not changed, and trusts no list of the same moment", async () => {
  put(3, "ada");
  numbers.list("ada");
  numbers.list("ada");
  expect(lists).toBe(2);
  await sleep(150);
  numbers.list("ada");
  numbers.list("ada");
  expect(lists).toBe(3);
});
