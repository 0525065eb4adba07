// Factoring whole numbers of some ninety bits by Pollard's method in Brent's form, with numbers that live in blocks
// of their own: each operation allocates its result and frees what it consumed. Nearly all blocks are tiny and die
// in reverse order; each 64th value of the sequence is kept to the end, as factoring programs keep their relations.
#include "workloads.h"

/// A number that is not negative: 32 bits a digit, least significant first, no zero digit on top.
typedef struct {
  uint32_t count;
  uint32_t digits[];
} Number;

static Number *number_make(uint32_t count) {
  size_t size = sizeof(Number) + count * sizeof(uint32_t);
  Number *number = block_allocated(malloc(size), size);
  number->count = count;
  return number;
}

static Number *number_from(uint64_t value) {
  Number *number = number_make(2);
  number->digits[0] = (uint32_t)value;
  number->digits[1] = (uint32_t)(value >> 32);
  while (number->count > 0 && number->digits[number->count - 1] == 0) number->count -= 1;
  return number;
}

static Number *number_copy(const Number *other) {
  Number *number = number_make(other->count);
  for (uint32_t index = 0; index < other->count; index += 1) number->digits[index] = other->digits[index];
  return number;
}

static Number *number_trimmed(Number *number) {
  while (number->count > 0 && number->digits[number->count - 1] == 0) number->count -= 1;
  return number;
}

static int number_compare(const Number *left, const Number *right) {
  if (left->count != right->count) return left->count < right->count ? -1 : 1;
  for (uint32_t index = left->count; index > 0; index -= 1) {
    if (left->digits[index - 1] == right->digits[index - 1]) continue;
    return left->digits[index - 1] < right->digits[index - 1] ? -1 : 1;
  }
  return 0;
}

static Number *number_sum(const Number *left, const Number *right) {
  if (left->count < right->count) return number_sum(right, left);
  Number *sum = number_make(left->count + 1);
  uint64_t carry = 0;
  for (uint32_t index = 0; index < left->count; index += 1) {
    carry += (uint64_t)left->digits[index] + (index < right->count ? right->digits[index] : 0);
    sum->digits[index] = (uint32_t)carry;
    carry >>= 32;
  }
  sum->digits[left->count] = (uint32_t)carry;
  return number_trimmed(sum);
}

/// The distance between two numbers.
static Number *number_difference(const Number *left, const Number *right) {
  if (number_compare(left, right) < 0) return number_difference(right, left);
  Number *difference = number_make(left->count);
  int64_t borrow = 0;
  for (uint32_t index = 0; index < left->count; index += 1) {
    borrow += (int64_t)left->digits[index] - (index < right->count ? right->digits[index] : 0);
    difference->digits[index] = (uint32_t)borrow;
    borrow >>= 32;
  }
  return number_trimmed(difference);
}

static Number *number_product(const Number *left, const Number *right) {
  Number *product = number_make(left->count + right->count);
  for (uint32_t index = 0; index < product->count; index += 1) product->digits[index] = 0;
  for (uint32_t low = 0; low < left->count; low += 1) {
    uint64_t carry = 0;
    for (uint32_t high = 0; high < right->count; high += 1) {
      carry += (uint64_t)left->digits[low] * right->digits[high] + product->digits[low + high];
      product->digits[low + high] = (uint32_t)carry;
      carry >>= 32;
    }
    product->digits[low + right->count] = (uint32_t)carry;
  }
  return number_trimmed(product);
}

/// What is left of `value` modulo `modulus`, by long division (Knuth's algorithm D).
static Number *number_remainder(const Number *value, const Number *modulus) {
  if (number_compare(value, modulus) < 0) return number_copy(value);
  uint32_t count = modulus->count;
  unsigned shift = (unsigned)__builtin_clz(modulus->digits[count - 1]);
  Number *divisor = number_make(count);
  Number *rest = number_make(value->count + 1);
  uint64_t carry = 0;
  for (uint32_t index = 0; index < count; index += 1) {
    carry |= (uint64_t)modulus->digits[index] << shift;
    divisor->digits[index] = (uint32_t)carry;
    carry >>= 32;
  }
  carry = 0;
  for (uint32_t index = 0; index < value->count; index += 1) {
    carry |= (uint64_t)value->digits[index] << shift;
    rest->digits[index] = (uint32_t)carry;
    carry >>= 32;
  }
  rest->digits[value->count] = (uint32_t)carry;

  for (uint32_t place = value->count - count + 1; place > 0; place -= 1) {
    uint32_t *part = rest->digits + place - 1;
    uint64_t top = (uint64_t)part[count] << 32 | part[count - 1];
    uint64_t guess = top / divisor->digits[count - 1];
    uint64_t left = top % divisor->digits[count - 1];
    while (guess >> 32 != 0
           || (count > 1 && guess * divisor->digits[count - 2] > (left << 32 | part[count - 2]))) {
      guess -= 1;
      left += divisor->digits[count - 1];
      if (left >> 32 != 0) break;
    }
    int64_t borrow = 0;
    uint64_t product = 0;
    for (uint32_t index = 0; index < count; index += 1) {
      product += guess * divisor->digits[index];
      borrow += (int64_t)part[index] - (uint32_t)product;
      part[index] = (uint32_t)borrow;
      product >>= 32;
      borrow >>= 32;
    }
    borrow += (int64_t)part[count] - (int64_t)product;
    part[count] = (uint32_t)borrow;
    if (borrow >= 0) continue;
    // The guess was one too many, which is rare: add the divisor back.
    carry = 0;
    for (uint32_t index = 0; index < count; index += 1) {
      carry += (uint64_t)part[index] + divisor->digits[index];
      part[index] = (uint32_t)carry;
      carry >>= 32;
    }
    part[count] += (uint32_t)carry;
  }

  Number *remainder = number_make(count);
  for (uint32_t index = 0; index < count; index += 1) {
    uint64_t pair = (uint64_t)rest->digits[index + 1] << 32 | rest->digits[index];
    remainder->digits[index] = (uint32_t)(pair >> shift);
  }
  free(rest);
  free(divisor);
  return number_trimmed(remainder);
}

static Number *number_product_modulo(const Number *left, const Number *right, const Number *modulus) {
  Number *product = number_product(left, right);
  Number *remainder = number_remainder(product, modulus);
  free(product);
  return remainder;
}

static Number *number_common_divisor(const Number *left, const Number *right) {
  Number *larger = number_copy(left);
  Number *smaller = number_copy(right);
  while (smaller->count > 0) {
    Number *remainder = number_remainder(larger, smaller);
    free(larger);
    larger = smaller;
    smaller = remainder;
  }
  free(smaller);
  return larger;
}

/// The next value of the sequence: value * value + 1, modulo `modulus`.
static Number *sequence_next(const Number *value, const Number *modulus) {
  Number *one = number_from(1);
  Number *square = number_product(value, value);
  Number *sum = number_sum(square, one);
  Number *next = number_remainder(sum, modulus);
  free(sum);
  free(square);
  free(one);
  return next;
}

/// Values of the sequence that are kept, newest first.
typedef struct Relation {
  struct Relation *next;
  Number *value;
} Relation;

/// Steps between two looks at whether a factor is among the product of the differences.
enum { steps_per_look = 64 };

/// A factor of `modulus` other than itself; `steps` counts the sequence's steps.
static Number *factor_of(const Number *modulus, uint64_t *steps, Relation **relations) {
  Number *one = number_from(1);
  Number *fixed = number_from(2);
  Number *moving = number_copy(fixed);
  Number *product = number_from(1);
  Number *factor = NULL;
  for (uint64_t span = 1; factor == NULL; span *= 2) {
    free(fixed);
    fixed = number_copy(moving);
    for (uint64_t done = 0; done < span && factor == NULL; done += steps_per_look) {
      for (uint64_t step = 0; step < steps_per_look && done + step < span; step += 1) {
        Number *next = sequence_next(moving, modulus);
        free(moving);
        moving = next;
        Number *difference = number_difference(moving, fixed);
        Number *extended = number_product_modulo(product, difference, modulus);
        free(difference);
        free(product);
        product = extended;
        *steps += 1;
      }
      Relation *relation = block_allocated(malloc(sizeof *relation), sizeof *relation);
      *relation = (Relation){*relations, number_copy(moving)};
      *relations = relation;
      Number *divisor = number_common_divisor(product, modulus);
      if (number_compare(divisor, one) != 0) factor = divisor;
      else free(divisor);
    }
  }
  free(product);
  free(moving);
  free(fixed);
  free(one);
  return factor;
}

typedef struct {
  uint64_t smaller;
  uint64_t larger;
} Primes;

static const Primes known[] = {
  {6666666757, 42857142857142947},
  {40000001039, 333333333333333391},
  {98765432137, 70000000000000003},
  {123456789059, 500000000000012353},
};

static uint64_t run(const uint64_t *values) {
  uint64_t result = 0;
  for (uint64_t index = 0; index < values[0]; index += 1) {
    Primes primes = known[index % (sizeof known / sizeof known[0])];
    Number *smaller = number_from(primes.smaller);
    Number *larger = number_from(primes.larger);
    Number *modulus = number_product(smaller, larger);
    Relation *relations = NULL;
    uint64_t steps = 0;
    Number *factor = factor_of(modulus, &steps, &relations);
    if (number_compare(factor, smaller) != 0 && number_compare(factor, larger) != 0) {
      workload_fail("found a wrong factor of %llu * %llu", (unsigned long long)primes.smaller,
                    (unsigned long long)primes.larger);
    }
    result = mix(result + steps);
    while (relations != NULL) {
      Relation *relation = relations;
      relations = relation->next;
      if (number_compare(relation->value, modulus) >= 0) workload_fail("a kept value was overwritten");
      for (uint32_t digit = 0; digit < relation->value->count; digit += 1) {
        result = mix(result ^ relation->value->digits[digit]);
      }
      free(relation->value);
      free(relation);
    }
    free(factor);
    free(modulus);
    free(larger);
    free(smaller);
  }
  return result;
}

const Workload factoring = {
  .name = "factoring",
  .summary = "factors whole numbers; tiny blocks, mostly freed in reverse order",
  .parameters = {{"numbers", 16, 1, "how many numbers to factor"}},
  .run = run,
};
