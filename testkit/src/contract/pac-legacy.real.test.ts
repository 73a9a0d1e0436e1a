import { computeResourceContract } from "./contract.js";
import { openThroughGateway } from "./open-through-gateway.js";

computeResourceContract("pac (legacy generation) → gateway → local", {
  open: () => openThroughGateway({ generation: "legacy", login: "token-page" }),
});
