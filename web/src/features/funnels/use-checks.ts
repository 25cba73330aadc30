import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { post } from "~/api/client.ts";
import type { Graph, Problem } from "~/api/types/funnels.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import type { Checks } from "./use-builder.ts";

/** The graph without what no rule asks about: where its steps stand. */
const bare = ({ nodes, edges }: Graph): Graph => ({
  nodes: nodes.map((node) => ({ ...node, x: 0, y: 0 })),
  edges,
});

export function checkQuery(graph: Graph) {
  const body = bare(graph);
  return queryOptions({
    queryKey: ["funnel-check", JSON.stringify(body)],
    queryFn: async ({ signal }) => {
      const answer = await post<{ problems: Problem[] }>("/api/funnels/validate", { graph: body }, signal);
      return answer.problems;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
}

const NOTHING: readonly Problem[] = [];

/** Asks the server a moment after the last change; an answer that is overtaken is dropped on its way. */
export function useChecks(graph: Graph): Checks {
  const settled = useDebounced(graph, 300);
  const options = useMemo(() => checkQuery(settled), [settled]);
  const { data, error, isPlaceholderData, isFetching } = useQuery({
    ...options,
    placeholderData: keepPreviousData,
  });
  const problems = data ?? NOTHING;
  return useMemo(() => {
    const byStep = new Map<string, Problem[]>();
    for (const problem of problems)
      if (problem.node !== null) byStep.set(problem.node, [...(byStep.get(problem.node) ?? []), problem]);
    return {
      problems,
      byStep,
      errors: problems.filter(({ severity }) => severity === "error").length,
      warnings: problems.filter(({ severity }) => severity === "warning").length,
      pending: settled !== graph || isPlaceholderData || isFetching,
      error,
    };
  }, [problems, settled, graph, isPlaceholderData, isFetching, error]);
}
