/** Against a real Go plugin, written here and built with the public Go SDK. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackendPlugin, PluginContext } from '@belvedere/plugin-sdk';
import { systemClock } from '../../infra/clock.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { startGoPlugin, type GoPlugin } from './go-plugin-process.ts';
import { pluginEnvironment } from './plugin-environment.ts';

const source = `package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

type plugin struct{}

func (plugin) QueryData(_ context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	out := backend.NewQueryDataResponse()
	for _, q := range req.Queries {
		if q.QueryType == "bad" {
			out.Responses[q.RefID] = backend.ErrDataResponse(backend.StatusBadRequest, "no such thing")
			continue
		}
		one, big := 1.5, int64(9007199254740993)
		out.Responses[q.RefID] = backend.DataResponse{Frames: data.Frames{data.NewFrame("f",
			data.NewField("time", nil, []time.Time{q.TimeRange.From.UTC(), q.TimeRange.To.UTC()}),
			data.NewField("v", data.Labels{"a": "b"}, []*float64{&one, nil}),
			data.NewField("n", nil, []*int64{&big, nil}),
			data.NewField("s", nil, []string{string(q.JSON), req.PluginContext.DataSourceInstanceSettings.Name}),
		)}}
	}
	return out, nil
}

func (plugin) CheckHealth(_ context.Context, req *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: req.Headers["http_X-Dashboard-Uid"], JSONDetails: []byte(fmt.Sprintf("{\\"pid\\":%d,\\"path\\":%q}", os.Getpid(), os.Getenv("PATH")))}, nil
}

func (plugin) CallResource(_ context.Context, req *backend.CallResourceRequest, sender backend.CallResourceResponseSender) error {
	if req.Path == "exit" { os.Exit(3) }
	if req.Path == "silent" { return nil }
	if err := sender.Send(&backend.CallResourceResponse{Status: 201, Headers: map[string][]string{"X-Many": {"a", "b"}}, Body: []byte(req.Method + " " + req.URL + " ")}); err != nil { return err }
	return sender.Send(&backend.CallResourceResponse{Body: req.Body})
}

func (plugin) SubscribeStream(_ context.Context, req *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	if req.Path == "none" { return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusNotFound}, nil }
	return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK}, nil
}

func (plugin) PublishStream(_ context.Context, _ *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
}

func (plugin) RunStream(ctx context.Context, req *backend.RunStreamRequest, sender *backend.StreamSender) error {
	for i := 0; ; i++ {
		if err := sender.SendJSON([]byte(fmt.Sprintf("{\\"n\\":%d}", i))); err != nil { return err }
		select {
		case <-ctx.Done(): return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func main() {
	p := plugin{}
	if err := backend.Manage("test-datasource", backend.ServeOpts{QueryDataHandler: p, CheckHealthHandler: p, CallResourceHandler: p, StreamHandler: p}); err != nil { os.Exit(1) }
}
`;

const hasGo = (() => {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
if (!hasGo) console.log('go-plugin.test.ts: skipped, because there is no go to build the plugin with');

describe.skipIf(!hasGo)('a Go plugin', () => {
  const folder = mkdtempSync(join(tmpdir(), 'go-plugin-'));
  const executable = join(folder, 'gpx_test');
  let running: GoPlugin;
  let backend: BackendPlugin | undefined;
  let ups = 0;
  const changed: (() => void)[] = [];

  beforeAll(async () => {
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src', 'main.go'), source);
    const go = (...args: string[]) => execFileSync('go', args, { cwd: join(folder, 'src'), env: { ...process.env, CGO_ENABLED: '0' }, stdio: 'pipe' });
    go('mod', 'init', 'example.com/plugin');
    go('get', 'github.com/grafana/grafana-plugin-sdk-go@v0.287.0');
    go('mod', 'tidy');
    go('build', '-o', executable, '.');
    running = await startGoPlugin({
      executable, clock: systemClock, log: silentLogger,
      environment: () => pluginEnvironment({ pluginId: 'test-datasource', version: '12.4.0', rootUrl: 'http://localhost/', toggles: [], section: {}, forwardHost: false, host: process.env, cloud: {} }),
      up(made) {
        backend = made;
        ups++;
        for (const wake of changed.splice(0)) wake();
      },
      down() {
        backend = undefined;
        for (const wake of changed.splice(0)) wake();
      },
    });
  }, 300_000);
  afterAll(async () => {
    await running?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const pluginContext: PluginContext = {
    orgId: 1, pluginId: 'test-datasource', pluginVersion: '1.0.0', apiVersion: '', namespace: 'default', grafanaConfig: {}, userAgent: 'Grafana/12.4.0 (linux; amd64)',
    dataSourceInstanceSettings: {
      id: 1, uid: 'u', type: 'test-datasource', name: 'Source', url: '', user: '', database: '', basicAuthEnabled: false, basicAuthUser: '', jsonData: {}, decryptedSecureJsonData: {}, updated: 1, apiVersion: '',
    },
  };
  const { signal } = new AbortController();
  const query = (refId: string, queryType: string) => ({ refId, queryType, maxDataPoints: 100, intervalMs: 1_000, timeRange: { from: 1_700_000_000_000, to: 1_700_000_060_000 }, json: { refId, expr: 'ü' } });

  test('answers queries with frames and errors', async () => {
    const { responses } = await backend!.queryData!({ pluginContext, headers: {}, queries: [query('A', ''), query('B', 'bad')], signal });
    const frame = responses.get('A')?.frames?.[0];
    expect(frame).toMatchObject({ name: 'f', refId: 'A' });
    const [time, v, n, s] = frame!.fields;
    expect([...time!.values as Float64Array]).toEqual([1_700_000_000_000, 1_700_000_060_000]);
    expect([(v!.values as Float64Array)[0], v!.valid?.[1], v!.labels]).toEqual([1.5, 0, { a: 'b' }]);
    expect((n!.values as BigInt64Array)[0]).toBe(9_007_199_254_740_993n);
    expect(s!.values).toEqual(['{"refId":"A","expr":"ü"}', 'Source']);
    expect(responses.get('B')).toMatchObject({ status: 400, error: 'no such thing', frames: [] });
  });

  test('says that it is well, and was given none of our environment', async () => {
    const health = await backend!.checkHealth!({ pluginContext, headers: { 'http_X-Dashboard-Uid': 'dash' }, signal });
    expect(health).toEqual({ status: 'OK', message: 'dash', details: { pid: running.pid, path: '' } });
  });

  test('answers resources piece by piece', async () => {
    const answer = await backend!.callResource!({ pluginContext, path: 'a b', method: 'POST', url: 'a%20b?x=1', headers: { 'X-A': ['1'] }, body: Buffer.from('body'), signal });
    expect([answer.status, answer.headers]).toEqual([201, { 'X-Many': ['a', 'b'] }]);
    const parts: string[] = [];
    for await (const part of answer.body as AsyncIterable<Uint8Array>) parts.push(Buffer.from(part).toString());
    expect(parts).toEqual(['POST a%20b?x=1 ', 'body']);
  });

  test('a resource that says nothing is a failure', async () => {
    await expect(backend!.callResource!({ pluginContext, path: 'silent', method: 'GET', url: 'silent', headers: {}, body: new Uint8Array(), signal })).rejects.toMatchObject({ status: 500, messageId: 'web.missingWrite' });
  });

  test('streams until it is told to stop', async () => {
    expect(await backend!.subscribeStream!({ pluginContext, path: 'none', data: new Uint8Array(), headers: {}, signal })).toEqual({ status: 'NOT_FOUND' });
    expect(await backend!.publishStream!({ pluginContext, path: 'p', data: new Uint8Array(), headers: {}, signal })).toEqual({ status: 'PERMISSION_DENIED' });
    const abort = new AbortController();
    const packets: string[] = [];
    const run = backend!.runStream!({ pluginContext, path: 'p', data: new Uint8Array(), headers: {}, signal: abort.signal }, {
      send(json) {
        packets.push(Buffer.from(json).toString());
        if (packets.length === 3) abort.abort();
      },
    });
    await expect(run).rejects.toThrow(/cancel/i);
    expect(packets.slice(0, 3)).toEqual(['{"n":0}', '{"n":1}', '{"n":2}']);
  });

  test('is started again when it ends', async () => {
    const before = running.pid;
    await backend!.callResource!({ pluginContext, path: 'exit', method: 'GET', url: 'exit', headers: {}, body: new Uint8Array(), signal }).catch(() => {});
    while (ups < 2) await new Promise<void>((resolve) => changed.push(resolve));
    expect(running.pid).not.toBe(before);
    expect((await backend!.checkHealth!({ pluginContext, headers: {}, signal })).status).toBe('OK');
  });

  test('that cannot be executed does not start', async () => {
    await expect(startGoPlugin({ executable: join(folder, 'none'), clock: systemClock, log: silentLogger, environment: () => ({}), up() {}, down() {} })).rejects.toThrow('cannot be executed');
    await expect(startGoPlugin({ executable, clock: systemClock, log: silentLogger, environment: () => ({}), up() {}, down() {} })).rejects.toThrow('ended before');
  });
});
