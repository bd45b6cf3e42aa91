import { api, call } from "@limn/shared/contract";
import { useEffect, useState } from "react";
import { Model, type Backend } from "./model.ts";

let model: Model | undefined;

export function App() {
  const [report, setReport] = useState("idle");
  const [node, setNode] = useState("");
  useEffect(() => {
    call(api.health, {}).then(
      (health) => setNode(health.node),
      () => setNode("no answer"),
    );
  }, []);
  async function run(backend: Backend) {
    setReport("running");
    model ??= new Model();
    try {
      setReport(JSON.stringify(await model.run(backend)));
    } catch (error) {
      setReport(`error: ${String(error)}`);
    }
  }
  return (
    <main>
      <h1>Skeleton</h1>
      <p>Server: Node {node}</p>
      <button onClick={() => void run("wasm")}>Run wasm</button>
      <button onClick={() => void run("webgpu")}>Run WebGPU</button>
      <output id="report">{report}</output>
    </main>
  );
}
