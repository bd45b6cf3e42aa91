import { addressOf, api, type Reply } from "@limn/shared/api";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { call } from "../../api/client.ts";
import { keys, useModels } from "../../api/queries.ts";
import { segmenter } from "./segmenter.ts";

/** A larger network is the server's: no browser should load it for every person. */
const MOST_BYTES = 64 * 2 ** 20;
/** Encoders pay only on graphics cards, are loaded behind everything else and kept by the browser: a SAM 2.1 Tiny still goes. */
const MOST_ENCODER_BYTES = 160 * 2 ** 20;

/** Hands the network that the project uses to the segmenter, and another one as soon as a lead chooses it. */
export function useProjectModel(projectId: string): void {
  const models = useModels(projectId).data;
  const chosen = models?.items.find(({ id }) => id === models.chosen);
  const parts = useQuery({
    queryKey: [...keys.models(projectId), chosen?.id, "parts"],
    queryFn: () =>
      call(api.modelParts, { params: { projectId, modelId: chosen?.id ?? "default" } }),
    enabled: chosen !== undefined && chosen.kind !== "default",
  }).data;
  useEffect(() => {
    if (!chosen) return;
    const { id, name, kind } = chosen;
    if (kind === "default")
      segmenter.use({ name, layer: null, own: null, runsHere: true, encodes: false });
    else if (parts?.id === id) segmenter.use({ name, ...describe(projectId, parts) });
  }, [projectId, chosen, parts]);
}

function describe(
  projectId: string,
  { id, layer, own, encoder, embedding }: Reply<typeof api.modelParts>,
): Omit<Parameters<typeof segmenter.use>[0], "name"> {
  const runsHere = own === null || own.bytes <= MOST_BYTES;
  const addressOfFile = (role: "network" | "decoder" | "encoder", v: string): string =>
    addressOf(api.modelFile, { params: { projectId, modelId: id, role }, query: { v } });
  return {
    layer,
    runsHere,
    own:
      own && runsHere
        ? {
            family: own.family,
            address: addressOfFile(own.role, own.sha256),
            embedding:
              embedding === null
                ? null
                : {
                    model: id,
                    version: embedding,
                    encoder:
                      encoder && encoder.bytes <= MOST_ENCODER_BYTES
                        ? addressOfFile("encoder", encoder.sha256)
                        : null,
                  },
          }
        : null,
    encodes: embedding !== null,
  };
}
