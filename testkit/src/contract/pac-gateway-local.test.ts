import { computeResourceContract } from "./contract.js";
import { openThroughGateway } from "./open-through-gateway.js";

computeResourceContract("pac → gateway → local", {
  open: () => openThroughGateway({ generation: "auto", login: "token-page" }),
});
