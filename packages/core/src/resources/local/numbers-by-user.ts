import { statSync } from "node:fs";
import { getMark } from "./finished-jobs.js";

/** A directory's time of change moves in steps of the kernel's clock; younger than this it proves nothing. */
const settledMs = 100;

interface JobDirectories {
  /** Holds one directory for each job, named by its number. */
  readonly path: string;
  readonly listNumbers: () => readonly number[];
  /** Undefined while the job's submit has not been completed. */
  readonly readUser: (number: number) => string | undefined;
}

/** Which jobs are whose. A user's list costs no more when others have very many. */
export class NumbersByUser {
  readonly #directories: JobDirectories;
  readonly #users = new Map<number, string>();
  /** Newest first. */
  readonly #numbers = new Map<string, number[]>();
  /** Submits under way, or killed before their end. */
  readonly #uncommitted = new Set<number>();
  /** Condition of the directory when it was listed; absent when it may have changed in the same moment. */
  #listedMark: string | undefined;

  constructor(directories: JobDirectories) {
    this.#directories = directories;
  }

  /** Numbers of a user's jobs, newest first. */
  list(user: string): readonly number[] {
    this.#follow();
    // No directory changes when a submit is completed.
    for (const number of this.#uncommitted) this.#tryToAdd(number);
    return this.#numbers.get(user) ?? [];
  }

  #follow(): void {
    const stats = statSync(this.#directories.path);
    const mark = getMark(stats);
    if (mark === this.#listedMark) return;
    const there = new Set(this.#directories.listNumbers());
    this.#listedMark = Date.now() - stats.ctimeMs > settledMs ? mark : undefined;
    for (const number of this.#uncommitted) if (!there.has(number)) this.#uncommitted.delete(number);
    for (const [number, user] of this.#users) if (!there.has(number)) this.#remove(number, user);
    for (const number of there) if (!this.#users.has(number)) this.#uncommitted.add(number);
  }

  #tryToAdd(number: number): void {
    const user = this.#directories.readUser(number);
    if (user === undefined) return;
    this.#uncommitted.delete(number);
    this.#users.set(number, user);
    const numbers = this.#numbers.get(user) ?? [];
    this.#numbers.set(user, numbers);
    const older = numbers.findIndex((other) => other < number);
    numbers.splice(older === -1 ? numbers.length : older, 0, number);
  }

  #remove(number: number, user: string): void {
    this.#users.delete(number);
    const numbers = this.#numbers.get(user)?.filter((other) => other !== number) ?? [];
    this.#numbers.set(user, numbers);
  }
}
