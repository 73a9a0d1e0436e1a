import type { ScarfError } from "../errors/index.js";

/** True if the other side may have made a job although we got no answer that says so. */
export function mayHaveArrived({ code, context }: ScarfError): boolean {
  if (code === "CONNECTION_LOST" || code === "RESPONSE_TIMEOUT") return true;
  if (code !== "OUTPUT_UNREADABLE" && code !== "SCHEDULER_UNAVAILABLE") return false;
  const { httpStatus, toldByGateway } = context;
  const refusedByStatus = typeof httpStatus === "number" && httpStatus >= 300 && httpStatus < 500;
  return !refusedByStatus && toldByGateway !== true;
}

/** True if our gateway has seen that the submit is not what was sent: it has made no job of it. */
export function wasDamaged({ code, context }: ScarfError): boolean {
  return code === "TRANSFER_CORRUPT" && context["toldByGateway"] === true;
}
