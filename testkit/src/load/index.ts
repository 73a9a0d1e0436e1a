export { startCrowdedGateway } from "./crowded-gateway.js";
export { runLoad } from "./run-load.js";
