export type { TlsFiles } from './create-server.js';
export { createLogger, type Logger, type LoggerOptions } from './create-logger.js';
export {
  DEVICE_ACTIONS,
  type DeviceAction,
  type DeviceView,
  type RegistryView,
} from './device-views.js';
export type { LabView } from './lab-view.js';
export { startService, type RunningService, type ServiceOptions } from './start-service.js';
