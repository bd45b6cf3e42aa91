import { api } from "@limn/shared/api";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { call } from "../../api/client.ts";
import { keys, useModels } from "../../api/queries.ts";
import { segmenter } from "./segmenter.ts";

/** Hands the network that the project uses to the segmenter, and another one as soon as a lead chooses it. */
export function useProjectModel(projectId: string): void {
  const models = useModels(projectId).data;
  const chosen = models?.items.find(({ id }) => id === models.chosen);
  const isLearnt = chosen?.kind === "learnt";
  const parts = useQuery({
    queryKey: [...keys.models(projectId), chosen?.id, "parts"],
    queryFn: () =>
      call(api.modelParts, { params: { projectId, modelId: chosen?.id ?? "default" } }),
    enabled: isLearnt,
    // A learnt layer never changes.
    staleTime: Infinity,
  }).data;
  useEffect(() => {
    if (!chosen) return;
    const { name, kind, family } = chosen;
    const encodes = family === "sam";
    if (kind === "learnt") {
      if (parts) segmenter.use({ name, layer: parts.layer, runsHere: true, encodes });
    } else segmenter.use({ name, layer: null, runsHere: kind === "default", encodes });
  }, [chosen, parts]);
}
