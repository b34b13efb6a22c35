package dev.gatehouse.dist.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodSignature;
import java.lang.classfile.Signature;
import java.lang.classfile.attribute.InnerClassInfo;
import java.lang.constant.ClassDesc;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.reflect.AccessFlag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a jar offers to others as text, read from its class files: each public type in an exported
 * package, and each public or protected member of it, one per line.
 */
final class Signatures {

  private static final Set<AccessFlag> SHOWN =
      Set.of(AccessFlag.PROTECTED, AccessFlag.STATIC, AccessFlag.ABSTRACT, AccessFlag.FINAL);

  /** What every record has. */
  private static final Set<String> OF_RECORDS = Set.of("equals", "hashCode", "toString");

  private Signatures() {}

  /** Describes a jar. */
  static String of(Path jar) {
    var descriptor = ModuleFinder.of(jar).findAll().iterator().next().descriptor();
    var exported =
        descriptor.exports().stream()
            .filter(export -> !export.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .collect(Collectors.toSet());
    var types = new TreeMap<String, String>();
    try (var file = new JarFile(jar.toFile())) {
      for (var entry : file.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
        var name = entry.getName().substring(0, entry.getName().length() - 6).replace('/', '.');
        int end = name.lastIndexOf('.');
        if (end > 0
            && exported.contains(name.substring(0, end))
            && !name.endsWith("package-info")) {
          var model = ClassFile.of().parse(file.getInputStream(entry).readAllBytes());
          if (isOffered(model)) {
            types.put(name, type(model));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return types.values().stream().collect(Collectors.joining("\n"));
  }

  /** A nested type's own flags say less than what its outer type says of it. */
  private static boolean isOffered(ClassModel model) {
    return flags(model).stream()
            .anyMatch(flag -> flag == AccessFlag.PUBLIC || flag == AccessFlag.PROTECTED)
        && inner(model).stream().noneMatch(info -> info.innerName().isEmpty());
  }

  private static Set<AccessFlag> flags(ClassModel model) {
    return inner(model).stream()
        .findFirst()
        .map(info -> (Set<AccessFlag>) new LinkedHashSet<>(info.flags()))
        .orElseGet(() -> new LinkedHashSet<>(model.flags().flags()));
  }

  private static List<InnerClassInfo> inner(ClassModel model) {
    return model.findAttribute(Attributes.innerClasses()).stream()
        .flatMap(found -> found.classes().stream())
        .filter(info -> info.innerClass().equals(model.thisClass()))
        .toList();
  }

  private static String type(ClassModel model) {
    var head = new ArrayList<String>();
    boolean isInterface = model.flags().has(AccessFlag.INTERFACE);
    boolean isRecord = model.findAttribute(Attributes.record()).isPresent();
    boolean isEnum = model.flags().has(AccessFlag.ENUM);
    if (flags(model).contains(AccessFlag.PROTECTED)) {
      head.add("protected");
    }
    if (model.flags().has(AccessFlag.ABSTRACT) && !isInterface) {
      head.add("abstract");
    }
    if (model.flags().has(AccessFlag.FINAL) && !isRecord && !isEnum) {
      head.add("final");
    }
    if (model.findAttribute(Attributes.permittedSubclasses()).isPresent() && !isEnum) {
      head.add("sealed");
    }
    head.add(
        model.flags().has(AccessFlag.ANNOTATION)
            ? "annotation"
            : isInterface ? "interface" : isRecord ? "record" : isEnum ? "enum" : "class");
    head.add(name(model.thisClass().asSymbol()));
    model
        .superclass()
        .map(found -> name(found.asSymbol()))
        .filter(found -> !Set.of("Object", "Record", "Enum").contains(found))
        .ifPresent(found -> head.add("extends " + found));
    if (!model.interfaces().isEmpty()) {
      head.add(
          "implements "
              + model.interfaces().stream()
                  .map(found -> name(found.asSymbol()))
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
    return Stream.concat(Stream.of(String.join(" ", head)), members(model, isRecord).stream())
        .collect(Collectors.joining("\n  ", "", "\n"));
  }

  private static Set<String> members(ClassModel model, boolean isRecord) {
    var lines = new TreeSet<String>();
    for (var field : model.fields()) {
      if (isOffered(field.flags())) {
        lines.add(
            words(field.flags())
                + field
                    .findAttribute(Attributes.signature())
                    .map(found -> name(found.asTypeSignature()))
                    .orElseGet(() -> name(field.fieldTypeSymbol()))
                + " "
                + field.fieldName().stringValue());
      }
    }
    for (var method : model.methods()) {
      if (isOffered(method.flags()) && !(isRecord && OF_RECORDS.contains(called(method)))) {
        var type =
            method
                .findAttribute(Attributes.signature())
                .map(found -> found.asMethodSignature())
                .orElseGet(() -> MethodSignature.of(method.methodTypeSymbol()));
        var parameters =
            type.arguments().stream()
                .map(Signatures::name)
                .collect(Collectors.joining(", ", "(", ")"));
        var called = called(method);
        lines.add(
            called.equals("<init>")
                ? words(method.flags()) + "new" + parameters
                : words(method.flags()) + name(type.result()) + " " + called + parameters);
      }
    }
    return lines;
  }

  private static String called(MethodModel method) {
    return method.methodName().stringValue();
  }

  private static boolean isOffered(AccessFlags flags) {
    return (flags.has(AccessFlag.PUBLIC) || flags.has(AccessFlag.PROTECTED))
        && !flags.has(AccessFlag.SYNTHETIC);
  }

  private static String words(AccessFlags flags) {
    return flags.flags().stream()
        .filter(SHOWN::contains)
        .map(flag -> flag.name().toLowerCase(Locale.ROOT) + " ")
        .sorted()
        .collect(Collectors.joining());
  }

  private static String name(Signature type) {
    return switch (type) {
      case Signature.BaseTypeSig base ->
          name(ClassDesc.ofDescriptor(String.valueOf(base.baseType())));
      case Signature.ArrayTypeSig array -> name(array.componentSignature()) + "[]";
      case Signature.TypeVarSig variable -> variable.identifier();
      case Signature.ClassTypeSig named -> name(named.classDesc()) + arguments(named);
    };
  }

  private static String arguments(Signature.ClassTypeSig named) {
    return named.typeArgs().isEmpty()
        ? ""
        : named.typeArgs().stream()
            .map(argument ->
                switch (argument) {
                  case Signature.TypeArg.Unbounded _ -> "?";
                  case Signature.TypeArg.Bounded bounded ->
                      switch (bounded.wildcardIndicator()) {
                        case NONE -> name(bounded.boundType());
                        case EXTENDS -> "? extends " + name(bounded.boundType());
                        case SUPER -> "? super " + name(bounded.boundType());
                      };
                })
            .collect(Collectors.joining(", ", "<", ">"));
  }

  /** Without the packages everybody knows. */
  private static String name(ClassDesc type) {
    if (type.isArray()) {
      return name(type.componentType()) + "[]";
    }
    var in = type.packageName();
    return in.isEmpty() || Set.of("java.lang", "java.util", "java.time").contains(in)
        ? type.displayName()
        : in + "." + type.displayName();
  }
}
