/** One input or output of a network: a dimension that may differ from call to call is a name, or -1. */
export interface Port {
  readonly name: string;
  /** As ONNX Runtime calls it: `float32`, `int64`, ... */
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

/** How a network is called: its inputs and outputs in its own order. */
export interface Signature {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** Does the port take a tensor of this type and shape? A dimension of `null` stands for any. */
export function portFits(
  port: Port | undefined,
  name: string | null,
  type: string,
  dims: readonly (number | null)[],
): boolean {
  if (port === undefined || (name !== null && port.name !== name) || port.type !== type)
    return false;
  return (
    port.dims.length === dims.length &&
    port.dims.every((dim, i) => {
      const wanted = dims[i];
      return wanted === null || typeof dim === "string" || dim < 0 || dim === wanted;
    })
  );
}

/** For people: `image float32 [n, 3, s, s]`. */
export function describePort({ name, type, dims }: Port): string {
  return `${name} ${type} [${dims.map((dim) => (dim === -1 ? "?" : dim)).join(", ")}]`;
}
