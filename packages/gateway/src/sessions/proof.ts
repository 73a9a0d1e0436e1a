import type { ClientCertificate } from "../users/client-certificate.js";

/** By what a request shows whose it is. */
export type Proof =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "bearer"; readonly token: string; readonly userName: string }
  | { readonly kind: "certificate"; readonly certificate: ClientCertificate };
