import type { FinishedStatus, JobId, JobStatus, TransferProgress } from "../model/index.js";

/** The steps from a scan here to slices here, in order. */
export const reconstructionStages = ["upload", "submit", "queue", "run", "download"] as const;
export type ReconstructionStage = (typeof reconstructionStages)[number];

export interface StageTime {
  readonly stage: ReconstructionStage;
  readonly startedAt: Date;
  readonly seconds: number;
}

/** How far a step of the job is, by its own words. */
export interface JobProgress {
  /** E.g. `centre` or `reconstruct`. */
  readonly step: string;
  readonly done: number;
  readonly total: number;
  readonly ratePerSecond?: number;
  readonly secondsLeft?: number;
}

/** What happens on the way, as it happens. */
export type ReconstructionEvent =
  | { readonly kind: "stage-started"; readonly stage: ReconstructionStage }
  | ({ readonly kind: "stage-ended" } & StageTime)
  /** Bytes of the scan on its way there, or of the results on their way here. */
  | ({
      readonly kind: "transfer";
      readonly stage: "upload" | "submit" | "download";
      readonly file: string;
    } & TransferProgress)
  | { readonly kind: "submitted"; readonly jobId: JobId }
  | { readonly kind: "status"; readonly jobId: JobId; readonly status: JobStatus }
  /** A line that the job printed. */
  | { readonly kind: "output"; readonly line: string }
  | ({ readonly kind: "progress" } & JobProgress)
  /** The cluster can't be seen for the moment; the job is not affected. */
  | { readonly kind: "out-of-sight"; readonly error: Error };

export interface FetchedFile {
  /** Path within the job's directory. */
  readonly name: string;
  /** Path here. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 (hex), where the resource tells it and it was compared. */
  readonly sha256?: string;
}

/** The column of the rotation axis. */
export interface RotationCentre {
  /** From the centre of column 0. */
  readonly pixels: number;
  /** E.g. `given`, or by which method it was found. */
  readonly how?: string;
}

/** A reconstruction that succeeded. */
export interface ReconstructionReport {
  readonly resourceId: string;
  readonly userName: string;
  readonly application: string;
  readonly scanFile: string;
  /** Where the scan lies on the resource; absent when it travelled with the submit or the job was taken up. */
  readonly remoteScan?: string;
  readonly jobId: JobId;
  readonly status: FinishedStatus;
  readonly stages: readonly StageTime[];
  /** Directory here with the results. */
  readonly directory: string;
  readonly files: readonly FetchedFile[];
  /** Where the program says it. */
  readonly centre?: RotationCentre;
}
