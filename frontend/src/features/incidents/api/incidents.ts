/** What the desk cannot settle alone, kept live by the stream, and a person's choice about it. */
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { liveJournal } from "@/lib/live-journal";
import { useFallbackPolling } from "@/lib/live-status";
import { fetchAllPages, upsert } from "@/lib/pages";
import type { Incident, IncidentChoice } from "@/types/models";

export const incidentsKey = ["incidents"] as const;

/** Open ones only: what is over leaves the list. */
export function applyIncident(incidents: readonly Incident[], news: Incident): Incident[] {
  if (!news.is_open) return incidents.filter((incident) => incident.id !== news.id);
  return upsert(incidents, news, (incident) => incident.id);
}

export function updateIncidentEverywhere(queryClient: QueryClient, news: Incident): void {
  queryClient.setQueryData<Incident[]>(incidentsKey, (incidents) => incidents && applyIncident(incidents, news));
}

export function useOpenIncidents() {
  return useQuery({
    queryKey: incidentsKey,
    queryFn: ({ signal }) =>
      liveJournal.fetchThenReplay<Incident, Incident[]>(
        "incidents",
        () => fetchAllPages((cursor) => unwrap(api.GET("/api/v1/incidents/", { params: { query: { is_open: "true", cursor } }, signal }))),
        applyIncident,
      ),
    refetchInterval: useFallbackPolling(),
  });
}

export interface Decision {
  incident: Incident;
  choice: IncidentChoice["choice"];
  reason: string;
}

export function useResolveIncident() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ incident, choice, reason }: Decision) =>
      unwrap(api.POST("/api/v1/incidents/{id}/resolve/", { params: { path: { id: Number(incident.id) } }, body: { choice, reason } })),
    onSuccess: (incident) => updateIncidentEverywhere(queryClient, incident),
    // somebody or IB was faster: what can be done now is asked again
    onError: () => void queryClient.invalidateQueries({ queryKey: incidentsKey }),
  });
}
