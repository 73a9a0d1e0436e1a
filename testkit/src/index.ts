export { computeResourceContract } from "./contract/contract.js";
export type { ContractOptions, ContractSubject } from "./contract/contract-subject.js";
