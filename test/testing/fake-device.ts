/** As much of a device as has promises; each settles at once. */
export function fakeDevice(): GPUDevice {
  const device = {
    label: "fake",
    lost: new Promise(() => {}),
    queue: { label: "", onSubmittedWorkDone: async () => undefined },
    createBuffer: ({ label = "", size, usage }: GPUBufferDescriptor) => ({
      label,
      size,
      usage,
      mapState: "unmapped",
      mapAsync: async () => undefined,
      unmap() {},
    }),
    createShaderModule: ({ label = "" }: GPUShaderModuleDescriptor) => ({
      label,
      getCompilationInfo: async () => ({ messages: [] }),
    }),
    createRenderPipelineAsync: async () => ({}),
    createComputePipelineAsync: async () => ({}),
    popErrorScope: async () => null,
  };
  return device as unknown as GPUDevice;
}
