import type { ComputeResource, Credentials, Session } from "scarf-tomo";

/** What the suite needs of a resource. */
export interface ContractSubject {
  readonly resource: ComputeResource;
  /** Two users, neither of whom anything else uses meanwhile. */
  readonly credentials: Credentials;
  readonly otherCredentials: Credentials;
  close(): Promise<void>;
}

export interface ContractOptions {
  /** Makes a resource with at least eight free cores, on which jobs start within a few seconds. */
  readonly open: () => Promise<ContractSubject>;
  /** Title of a case → why this resource can't pass it. Such a case must really fail. */
  readonly unsupported?: Readonly<Record<string, string>>;
}

/** The subject with both users logged in. */
export interface Bench {
  readonly resource: ComputeResource;
  readonly credentials: Credentials;
  readonly otherCredentials: Credentials;
  readonly session: Session;
  readonly other: Session;
}

/** One promise of the interface: registers a case, which gets the bench when it runs. */
export type Case = (title: string, run: (bench: Bench) => Promise<void>) => void;
