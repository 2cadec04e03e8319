/** Devices of anonymous visitors (identity-and-access §3.11). */
export interface AnonymousDevice {
  readonly deviceId: string;
  readonly clientIp: string;
  readonly userAgent: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface DeviceSearch {
  readonly query: string;
  readonly page: number;
  readonly perPage: number;
  readonly sort: string;
}

export interface AnonymousDevices {
  /** Rejects with an AuthFailure when the device is one too many. */
  tag(deviceId: string, ip: string, userAgent: string): Promise<void>;
  remove(deviceId: string): Promise<void>;
  list(): Promise<readonly AnonymousDevice[]>;
  search(search: DeviceSearch): Promise<{ readonly devices: readonly AnonymousDevice[]; readonly total: number }>;
  count(): Promise<number>;
  tidy(): Promise<void>;
}
