import { createHash } from "node:crypto";
import { posix } from "node:path";
import { FileError, TransferError, ValueError } from "../../errors/index.js";
import type { ByteRange, ByteSource, FileReading, RemoteFile, WrittenFile } from "../../model/index.js";
import type {
  CallOptions,
  ReadOptions,
  RemoteFiles,
  WriteOptions,
} from "../../resources/compute-resource.js";
import { throwIfAborted } from "../../transports/abort.js";
import type { CommandOutput, CommandTransport, RunOptions } from "../../transports/command-transport.js";
import { newPartName, partPrefix } from "../disk/atomic-file.js";
import { refuseOddName } from "../disk/plain-name.js";
import { explainFileFailure } from "./file-failures.js";
import * as scripts from "./file-scripts.js";
import { readFileRecords } from "./read-file-records.js";
import { readHeadedStream } from "./read-headed-stream.js";
import { SilenceWatch } from "./silence-watch.js";

// A file system whose server is away lets programs wait for ever.
const lookSeconds = 120;
/** A tree of a million files. */
const removeSeconds = 3_600;
/** 1 TB at 50 MB/s. */
const checksumSeconds = 20_000;

/** Directories that paths may lead into. */
export interface CommandFilesRoots {
  /** Where relative paths begin. */
  readonly home: string;
  /** Others that absolute paths may name. */
  readonly shared: readonly string[];
}

/**
 * Files of the machine where a scheduler's commands are, by commands of its own. Whose they are, and who may read them, its system
 * decides; the roots are there so that nobody who relays paths for others gives away more than was meant.
 */
export class CommandFiles implements RemoteFiles {
  readonly #transport: CommandTransport;
  readonly #silenceSeconds: number;
  readonly #getRoots: (options: CallOptions) => Promise<CommandFilesRoots>;

  /**
   * @param getRoots - Asked at every call, so that a session that has ended can refuse.
   * @param options - `silenceSeconds`: how long a transfer may stand still
   */
  constructor(
    transport: CommandTransport,
    getRoots: (options: CallOptions) => Promise<CommandFilesRoots>,
    { silenceSeconds = 300 }: { readonly silenceSeconds?: number } = {},
  ) {
    this.#transport = transport;
    this.#getRoots = getRoots;
    this.#silenceSeconds = silenceSeconds;
  }

  async list(directory: string, options: CallOptions = {}): Promise<readonly RemoteFile[]> {
    const path = await this.#place(directory, options);
    const output = await this.#run(
      directory,
      "read",
      [scripts.listScript, path],
      within(lookSeconds, options),
    );
    return readFileRecords(output.stdout)
      .filter(({ name }) => !name.startsWith(partPrefix))
      .map((file) => Object.assign({}, file, { path: posix.join(path, file.name) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async stat(path: string, options: CallOptions = {}): Promise<RemoteFile> {
    const place = await this.#place(path, options);
    const output = await this.#run(path, "read", [scripts.statScript, place], within(lookSeconds, options));
    const [file] = readFileRecords(output.stdout);
    if (file === undefined)
      throw new FileError("FILE_NOT_FOUND", `There is no \`${path}\`.`, { context: { path } });
    return { ...file, path: place, name: posix.basename(place) };
  }

  async read(
    path: string,
    { offset = 0, length }: ByteRange = {},
    options: ReadOptions = {},
  ): Promise<FileReading> {
    for (const value of [offset, length])
      if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
        throw new ValueError("USAGE_INVALID", `${value} is not a position in a file.`);
    const place = await this.#place(path, options);
    const wish = options.digest === true ? "digest" : "";
    const args = [scripts.readScript, "scarf", place, String(offset), String(length ?? ""), wish] as const;
    const watch = new SilenceWatch(path);
    const { stdout, ended } = await this.#transport.stream(["sh", "-c", ...args], {
      signal: watch.signalWith(options.signal),
    });
    const firstSeconds = wish === "" ? this.#silenceSeconds : checksumSeconds;
    const stream = { stdout: watch.watch(stdout, firstSeconds, this.#silenceSeconds), ended };
    const explain = (output: Omit<CommandOutput, "stdout">) => explainFileFailure(path, "read", output);
    const { header, chunks } = await readHeadedStream(stream, explain);
    const [, , count = "", sha256 = ""] = /^(\d+) (\d+) ([0-9a-f]{64})?$/.exec(header) ?? [];
    if (count === "") {
      await stream.stdout.return();
      throw explain({ exitCode: 1, stderr: `unexpected answer: ${header.slice(0, 200)}` });
    }
    const sizeBytes = Number(count);
    return {
      sizeBytes,
      ...(sha256 !== "" && { sha256 }),
      chunks: exactly(chunks, sizeBytes, path),
    };
  }

  async write(
    directory: string,
    name: string,
    source: ByteSource,
    options: WriteOptions = {},
  ): Promise<WrittenFile> {
    refuseOddName(name);
    const place = await this.#place(directory, options);
    const path = posix.join(directory, name);
    const [part, hash] = [newPartName(), createHash("sha256")];
    let sha256 = "";
    const [watch, silenceSeconds] = [new SilenceWatch(path), this.#silenceSeconds];
    const failure: { sending?: unknown } = {};
    async function* send(): AsyncGenerator<Uint8Array, void, undefined> {
      let bytesDone = 0;
      try {
        for await (const chunk of source.read()) {
          throwIfAborted(options.signal);
          hash.update(chunk);
          bytesDone += chunk.byteLength;
          // What is too long, or too short, gets no checksum, and is not kept.
          if (bytesDone > source.sizeBytes) return;
          watch.expectWithin(silenceSeconds);
          yield chunk;
          watch.rest();
          options.onProgress?.({ bytesDone, bytesTotal: source.sizeBytes });
        }
        if (bytesDone < source.sizeBytes) return;
        sha256 = hash.digest("hex");
        // The bytes are put on the disk, and read once more.
        watch.expectWithin(checksumSeconds);
        yield Buffer.from(`${sha256}\n`);
      } catch (error) {
        failure.sending = error;
        throw error;
      }
    }
    const mode = options.overwrite === true ? "replace" : "";
    const args = [scripts.writeScript, place, name, part, String(source.sizeBytes), mode] as const;
    try {
      await this.#run(path, "write", args, { signal: watch.signalWith(options.signal), stdin: send() });
      if (source.sizeBytes === 0) options.onProgress?.({ bytesDone: 0, bytesTotal: 0 });
      return { path: posix.join(place, name), sizeBytes: source.sizeBytes, sha256 };
    } catch (error) {
      await this.#transport
        .run(["sh", "-c", scripts.dropScript, "scarf", place, part], { timeoutSeconds: 30 })
        .catch(() => undefined); // what remains of it has a name that nobody sees
      throwIfAborted(options.signal);
      throw failure.sending ?? watch.explain(error);
    } finally {
      watch.rest();
    }
  }

  async makeDirectory(path: string, options: CallOptions = {}): Promise<void> {
    const place = await this.#place(path, options);
    await this.#run(path, "write", [scripts.makeDirectoryScript, place], within(lookSeconds, options));
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    const place = await this.#placeBelow(path, options);
    await this.#run(path, "write", [scripts.removeScript, place], within(removeSeconds, options));
  }

  async rename(from: string, to: string, options: CallOptions = {}): Promise<void> {
    const [source, target] = [await this.#placeBelow(from, options), await this.#placeBelow(to, options)];
    const args = [scripts.renameScript, source, target] as const;
    await this.#run(to, "write", args, within(lookSeconds, options), from);
  }

  async checksum(path: string, options: CallOptions = {}): Promise<string> {
    const place = await this.#place(path, options);
    const call = within(checksumSeconds, options);
    return (await this.#run(path, "read", [scripts.checksumScript, place], call)).stdout.slice(0, 64);
  }

  async #run(
    path: string,
    access: "read" | "write",
    [script, ...args]: readonly [string, ...string[]],
    { signal, stdin, timeoutSeconds }: Pick<RunOptions, "signal" | "stdin" | "timeoutSeconds">,
    missing = path,
  ): Promise<CommandOutput> {
    const output = await this.#transport.run(["sh", "-c", script, "scarf", ...args], {
      ...(signal !== undefined && { signal }),
      ...(stdin !== undefined && { stdin }),
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    });
    if (output.exitCode === 0) return output;
    throw explainFileFailure(
      output.exitCode === scripts.fileExitCodes.notFound ? missing : path,
      access,
      output,
    );
  }

  /** The absolute path. @throws {FileError} `FILE_NAME_REFUSED`: it leads to where it must not. */
  async #place(path: string, options: CallOptions): Promise<string> {
    throwIfAborted(options.signal);
    const { home, shared } = await this.#getRoots(options);
    const place = posix.resolve(home, path);
    const isInside = [home, ...shared].some(
      (root) => place === root || place.startsWith(`${root.replace(/\/$/, "")}/`),
    );
    if (isInside && !path.includes("\0")) return place;
    throw new FileError("FILE_NAME_REFUSED", `\`${path.slice(0, 200)}\` is not below ${home}.`, {
      hint: "Give a path below your own directory, or one that the definition of the resource names in sharedDirectories.",
      context: { path },
    });
  }

  async #placeBelow(path: string, options: CallOptions): Promise<string> {
    const place = await this.#place(path, options);
    const { home, shared } = await this.#getRoots(options);
    if (![home, ...shared].includes(place)) return place;
    throw new FileError("FILE_NAME_REFUSED", "This directory itself can't be removed or renamed.", {
      hint: "Name what is in it.",
      context: { path },
    });
  }
}

function within(timeoutSeconds: number, options: CallOptions) {
  return { ...signalOf(options), timeoutSeconds };
}

function signalOf({ signal }: CallOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function* exactly(
  chunks: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  for await (const chunk of chunks) {
    received += chunk.byteLength;
    yield chunk;
  }
  if (received === sizeBytes) return;
  throw new TransferError(
    "TRANSFER_INCOMPLETE",
    `${path} did not come whole: it ended after ${received} of ${sizeBytes} bytes.`,
    { hint: "Try again. It may have been changed meanwhile.", context: { path, received, sizeBytes } },
  );
}
