/** Bytes of known size that can be read again from any offset: what a retry or a resume needs. */
export interface ByteSource {
  readonly sizeBytes: number;
  /**
   * Opens a new reading from `offset`. Chunks may be reused buffers: consume each before asking for the next.
   * @param end - where the reader will stop. A source may go on; one that stops there as well frees what the reading holds.
   */
  read(offset?: number, end?: number): AsyncIterable<Uint8Array>;
  /** SHA-256 (hex) of all of them, if it is known already. */
  readonly sha256?: string;
  /** Gives the bytes a new name on this machine without copying them, where that can be done. False = they must be read. */
  placeAt?(path: string): Promise<boolean>;
}

/** A file or directory on a resource. */
export interface RemoteFile {
  /** Path as the resource writes it. */
  readonly path: string;
  /** Last component of the path. */
  readonly name: string;
  readonly kind: "file" | "directory";
  readonly sizeBytes: number;
  /** False: the service lists names only; `sizeBytes` is 0 then, and means nothing. */
  readonly sizeKnown?: false;
  readonly modifiedAt?: Date;
  /** False = the resource will not let this user read it. */
  readonly readable: boolean;
}

/** A part of a file; without bounds the whole of it. */
export interface ByteRange {
  readonly offset?: number;
  readonly length?: number;
}

/** A file on its way here. */
export interface FileReading {
  /** Size of what follows, where the wire tells it before the bytes. A reading that ends short throws `TRANSFER_INCOMPLETE`. */
  readonly sizeBytes?: number;
  /** SHA-256 (hex) of the whole file, where the other side tells it. */
  readonly sha256?: string;
  /** The same where it comes behind the bytes: call it when `chunks` has ended. */
  readonly sha256After?: () => string | undefined;
  /** What the other side calls this state of the file: a reading with another one is of another state. */
  readonly version?: string;
  /** May be reused buffers: consume each before asking for the next, or keep a copy. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What the resource says about a file it has taken. */
export interface WrittenFile {
  /** Where it lies now; absent when the resource doesn't tell. */
  readonly path?: string;
  readonly sizeBytes: number;
  /** Present when the other side computed it over what it stored, and it was compared. */
  readonly sha256?: string;
  /** The file went in pieces, each of whose digests was compared. Then there is none of the whole. */
  readonly piecesCompared?: boolean;
}

/** How far a transfer has come. */
export interface TransferProgress {
  readonly bytesDone: number;
  readonly bytesTotal?: number;
}
