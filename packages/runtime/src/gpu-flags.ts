/** WebGPU's numeric flags. Node has no such globals, and the runtime adds none. */
export const BufferUsage = {
  mapRead: 1,
  copySource: 4,
  copyTarget: 8,
  storage: 128,
  queryResolve: 512,
} as const;
export const MapMode = { read: 1 } as const;
export const ShaderStage = { compute: 4 } as const;
