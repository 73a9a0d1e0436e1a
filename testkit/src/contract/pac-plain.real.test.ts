import { computeResourceContract } from "./contract.js";
import { openThroughGateway } from "./open-through-gateway.js";
import { plainServiceGaps as unsupported } from "./plain-service-gaps.js";

computeResourceContract("pac (current generation) → a service without our headers", {
  open: () => openThroughGateway({ generation: "auto", plain: true }),
  unsupported,
});

computeResourceContract("pac (legacy generation) → a service without our headers", {
  open: () => openThroughGateway({ generation: "legacy", plain: true }),
  unsupported,
});
