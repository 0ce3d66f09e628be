{{/* The release's name is the resources' name: the release system keeps it unique. */}}
{{- define "service.fullname" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
The name isn't the chart's: that says "service" for everything. Both labels are part of the
deployment's selector, which can't be changed, so nothing that a new version could change may enter.
*/}}
{{- define "service.selectorLabels" -}}
app.kubernetes.io/name: {{ include "service.fullname" . | quote }}
app.kubernetes.io/instance: {{ include "service.fullname" . | quote }}
{{- end -}}

{{- define "service.versionLabel" -}}
{{- $version := regexReplaceAll "[^A-Za-z0-9._-]" (default "" .Values.image.tag) "-" -}}
{{- with $version | trunc 63 | trimAll "._-" -}}
app.kubernetes.io/version: {{ quote . }}
{{- end -}}
{{- end -}}

{{- define "service.labels" -}}
{{ include "service.selectorLabels" . }}
{{- with include "service.versionLabel" . }}
{{ . }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{/* Container runtimes ignore the tag beside a digest: what runs is the digest. */}}
{{- define "service.image" -}}
{{- $missing := "image.repository is missing: set it to the image's name without tag and digest" -}}
{{- $repository := required $missing .Values.image.repository -}}
{{- if not (or .Values.image.tag .Values.image.digest) -}}
{{- fail "image.tag and image.digest are both missing: set at least one of them" -}}
{{- end -}}
{{- $repository -}}
{{- with .Values.image.tag }}:{{ . }}{{ end -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{/*
The autoscaler owns the number, so each upgrade keeps the one that runs. Without a number Kubernetes would
go down to one replica, until the autoscaler acts. Rendered without a cluster there is none that runs.
*/}}
{{- define "service.replicas" -}}
{{- if .Values.autoscaling.enabled -}}
{{- $live := lookup "apps/v1" "Deployment" .Release.Namespace (include "service.fullname" .) -}}
{{- max (int .Values.autoscaling.minReplicas) (int (dig "spec" "replicas" 0 $live)) -}}
{{- else -}}
{{- int .Values.replicaCount -}}
{{- end -}}
{{- end -}}

{{- define "service.serviceAccountName" -}}
{{- $default := ternary (include "service.fullname" .) "default" .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default $default -}}
{{- end -}}

{{/* The default action isn't in values.yaml: Helm would merge it with an action of the user. */}}
{{- define "service.probe" -}}
{{- $probe := omit . "enabled" -}}
{{- if not (or .httpGet .tcpSocket .exec .grpc) -}}
{{- $_ := set $probe "tcpSocket" (dict "port" "http") -}}
{{- end -}}
{{- toYaml $probe -}}
{{- end -}}
