import { api, DEFAULT_MODEL } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import { createLearnJob } from "../segment/learn-job.ts";
import type { Serve } from "./serve.ts";

export function serveModels(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, models, jobs, live } = parts;
  jobs.register("learn", createLearnJob(parts));

  serve(api.listModels, async ({ project }) => ({
    chosen: (await models.resolve(project.id)).id,
    items: await models.list(project.id),
  }));

  serve(api.chooseModel, async ({ project, body }) => {
    const { id } = await models.resolve(project.id, body.model);
    await store.projects.update(project.id, { model: id === DEFAULT_MODEL ? null : id });
    live.publish(project.id, { type: "models" });
    return { chosen: id };
  });

  serve(api.learnModel, ({ project, person }) =>
    jobs.start({ projectId: project.id, kind: "learn", payload: {}, createdBy: person.id }),
  );

  serve(api.deleteModel, async ({ project, params }) => {
    await store.models.delete(await models.rowOf(project.id, params.modelId));
    live.publish(project.id, { type: "models" });
    return {};
  });

  serve(api.modelParts, async ({ project, params }) => {
    const { id, layer } = await models.use(project.id, params.modelId);
    return {
      id,
      base: models.standard.id,
      layer: layer && {
        ...layer,
        weights: [...layer.weights],
        weights4: layer.weights4 && [...layer.weights4],
      },
    };
  });
}
