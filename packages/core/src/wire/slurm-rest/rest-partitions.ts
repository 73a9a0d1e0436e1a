import type { Queue } from "../../model/index.js";
import type { JsonObject } from "../json-object.js";
import {
  readRestNumber,
  readRestObject,
  readRestObjects,
  readRestText,
  readRestWords,
} from "./rest-values.js";

/** The partitions of `partitions`, flat up to v0.0.38, nested from v0.0.39 on. */
export function parseRestPartitions(body: JsonObject): readonly Queue[] {
  return readRestObjects(body["partitions"]).flatMap((partition) => {
    const name = readRestText(partition["name"]);
    return name === undefined ? [] : [readPartition(name, partition)];
  });
}

function readPartition(name: string, partition: JsonObject): Queue {
  const maximums = readRestObject(partition["maximums"]);
  const minutes = readRestNumber(partition["max_time_limit"]) ?? readRestNumber(maximums["time"]);
  const nodes = readRestNumber(partition["maximum_nodes_per_job"]) ?? readRestNumber(maximums["nodes"]);
  const cores =
    readRestNumber(partition["total_cpus"]) ?? readRestNumber(readRestObject(partition["cpus"])["total"]);
  // v0.0.39 tells no state and no flags; a partition that is listed is taken to be up.
  const [state = "UP"] = readRestWords(partition["state"] ?? readRestObject(partition["partition"])["state"]);
  return {
    name,
    isDefault: readRestWords(partition["flags"]).includes("DEFAULT"),
    acceptsJobs: state === "UP" || state === "DOWN",
    ...(isLimit(minutes) && { maxWallTimeSeconds: minutes * 60 }),
    ...(isLimit(nodes) && { maxNodes: nodes }),
    ...(isLimit(cores) && { totalCores: cores }),
  };
}

/** -1 and infinity: there is none. */
function isLimit(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}
