// SPDX-License-Identifier: MIT
#include "other_device.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/alloc_cpu.h>
#include <torch/library.h>

namespace infoflow::tests {

namespace {

constexpr c10::DeviceType kind = c10::DeviceType::PrivateUse1;
const c10::DispatchKeySet keys(c10::DispatchKey::PrivateUse1);

// ---- Memory: the CPU's, at addresses that no processor follows.

constexpr std::uintptr_t nowhere = std::uintptr_t{1} << 62;

void* hidden(void* memory) {
  return memory == nullptr
             ? nullptr
             : reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(memory) + nowhere);
}
void* found(void* memory) {
  return memory == nullptr
             ? nullptr
             : reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(memory) - nowhere);
}
void release(void* memory) {
  c10::free_cpu(found(memory));
}

struct HiddenMemory : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) override {
    void* memory = bytes == 0 ? nullptr : hidden(c10::alloc_cpu(bytes));
    return {memory, memory, &release, c10::Device(kind, 0)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(found(to), found(const_cast<void*>(from)), bytes);
  }
};

HiddenMemory& memory() {
  static HiddenMemory hidden_memory;
  return hidden_memory;
}

// ---- One device, one stream.

struct OneDevice : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kind; }
  c10::Device exchangeDevice(c10::Device) const override { return {kind, 0}; }
  c10::Device getDevice() const override { return {kind, 0}; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device device) const override {
    return c10::Stream(c10::Stream::DEFAULT, device);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override { return stream; }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};

struct Available : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
};

// ---- Copies.

thread_local bool inside_an_operator = false;

/// While an operator works: what it copies is its own affair, and what it is given was looked at.
class Inside {
 public:
  Inside() : before_(std::exchange(inside_an_operator, true)) {}
  ~Inside() { inside_an_operator = before_; }  // Also where the operator throws.
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  bool before_;
};

Crossings& counted() {
  static Crossings copies;
  return copies;
}

/// The same numbers as a tensor of the CPU, in place.
at::Tensor as_host(const at::Tensor& tensor) {
  if (tensor.device().type() != kind) return tensor;
  return at::for_blob(found(const_cast<void*>(tensor.const_data_ptr())), tensor.sizes())
      .strides(tensor.strides())
      .options(tensor.options().device(at::kCPU))
      .make_tensor();
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
  if (!inside_an_operator && from.device() != to.device()) {
    ++(to.is_cpu() ? counted().to_host : counted().to_device);
  }
  const c10::impl::ExcludeDispatchKeyGuard plain(c10::autograd_dispatch_keyset);
  if (to.numel() > 0) as_host(to).copy_(as_host(from));
  return to;
}

/// Gives a tensor another size and, where that needs more, other memory.
const at::Tensor& resize_own(const at::Tensor& self, c10::IntArrayRef size,
                             std::optional<at::MemoryFormat>) {
  const at::Storage& storage = self.storage();
  const auto bytes = static_cast<std::size_t>(c10::multiply_integers(size)) * self.element_size() +
                     static_cast<std::size_t>(self.storage_offset()) * self.element_size();
  if (bytes > storage.nbytes()) {
    c10::StorageImpl* impl = storage.unsafeGetStorageImpl();
    impl->set_data_ptr_noswap(memory().allocate(bytes));
    impl->set_nbytes(bytes);
  }
  self.unsafeGetTensorImpl()->set_sizes_contiguous(size);
  return self;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  if (to.sizes() != from.sizes()) resize_own(to, from.sizes(), std::nullopt);
  return copy_from(from, to, false);
}

// ---- Operators that make or view memory.

at::Tensor empty(c10::IntArrayRef size, std::optional<at::ScalarType> type,
                 std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>,
                 std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &memory(), keys, c10::dtype_or_default(type), format);
}
at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef strides,
                         std::optional<at::ScalarType> type, std::optional<at::Layout>,
                         std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, strides, &memory(), keys,
                                           c10::dtype_or_default(type));
}
at::Tensor as_strided(const at::Tensor& self, c10::IntArrayRef size, c10::IntArrayRef strides,
                      std::optional<std::int64_t> offset) {
  return at::native::as_strided_tensorimpl(self, size, strides, offset);
}
at::Tensor view(const at::Tensor& self, c10::IntArrayRef size) {
  return at::native::view(self, size);
}
at::Tensor reshape_alias(const at::Tensor& self, c10::IntArrayRef size, c10::IntArrayRef strides) {
  return at::native::_reshape_alias(self, size, strides);
}
at::Tensor& set_storage(at::Tensor& self, at::Storage storage, std::int64_t offset,
                        c10::IntArrayRef size, c10::IntArrayRef strides) {
  return at::native::set_storage_cpu_(self, std::move(storage), offset, size, strides);
}

// ---- All others.

/// A number may come from either side; a tensor may not.
void require_own(const c10::IValue& argument, const c10::OperatorHandle& op) {
  const auto look = [&](const at::Tensor& tensor) {
    TORCH_CHECK(!tensor.defined() || tensor.dim() == 0 || tensor.device().type() == kind,
                "a tensor of the host among the arguments of ", op.schema().name());
  };
  if (argument.isTensor()) look(argument.toTensor());
  if (argument.isTensorList()) {
    for (const at::Tensor& tensor : argument.toTensorVector()) look(tensor);
  }
}

void on_the_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const std::size_t count = op.schema().arguments().size();
  if (!inside_an_operator) {
    for (const c10::IValue& argument : torch::jit::last(*stack, count)) require_own(argument, op);
  }
  if (op.schema().name() == "aten::_local_scalar_dense") ++counted().to_host;
  const Inside inside;
  at::native::cpu_fallback(op, stack);
}

/// Convolutions have a way of their own for devices that libtorch does not know.
at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias, c10::IntArrayRef stride,
                       c10::IntArrayRef padding, c10::IntArrayRef dilation, bool transposed,
                       c10::IntArrayRef output_padding, std::int64_t groups) {
  const Inside inside;
  std::optional<at::Tensor> host_bias;
  if (bias && bias->defined()) host_bias = bias->cpu();
  return at::convolution(input.cpu(), weight.cpu(), host_bias, stride, padding, dilation,
                         transposed, output_padding, groups)
      .to(input.device());
}

}  // namespace

void register_other_device() {
  static const bool once = [] {
    c10::SetAllocator(kind, &memory());
    static OneDevice one_device;
    c10::impl::registerDeviceGuard(kind, &one_device);
    static Available available;
    at::RegisterPrivateUse1HooksInterface(&available);
    c10::register_privateuse1_backend(other_device);
    const std::optional<c10::DispatchKey> key(c10::DispatchKey::PrivateUse1);
    static torch::Library others(torch::Library::IMPL, "_", key, __FILE__, __LINE__);
    others.fallback(torch::CppFunction::makeFromBoxedFunction<&on_the_cpu>());
    static torch::Library own(torch::Library::IMPL, "aten", key, __FILE__, __LINE__);
    own.impl("empty.memory_format", &empty);
    own.impl("empty_strided", &empty_strided);
    own.impl("as_strided", &as_strided);
    own.impl("view", &view);
    own.impl("_reshape_alias", &reshape_alias);
    own.impl("set_.source_Storage_storage_offset", &set_storage);
    own.impl("resize_", &resize_own);
    own.impl("_copy_from", &copy_from);
    own.impl("_copy_from_and_resize", &copy_from_and_resize);
    own.impl("convolution_overrideable", &convolution);
    return true;
  }();
  static_cast<void>(once);
}

Crossings crossings() {
  return counted();
}

const std::string& test_device() {
  static const std::string device = [] {
    const char* said = std::getenv("INFOFLOW_TEST_DEVICE");
    const std::string name = said == nullptr || *said == '\0' ? "cpu" : said;
    if (name == other_device) register_other_device();
    return name;
  }();
  return device;
}

}  // namespace infoflow::tests
