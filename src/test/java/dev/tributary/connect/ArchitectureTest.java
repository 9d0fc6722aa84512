package dev.tributary.connect;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;

/** What must not meet although the order of the packages would allow it; see SourceRootsTest. */
@AnalyzeClasses(
    packages = "dev.tributary.connect",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule sink_knows_nothing_of_the_transforms =
      noClasses()
          .that()
          .resideInAPackage("dev.tributary.connect.sink..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tributary.connect.dedup..", "dev.tributary.connect.join..");

  @ArchTest
  static final ArchRule the_transforms_know_nothing_of_each_other =
      noClasses()
          .that()
          .resideInAPackage("dev.tributary.connect.dedup..")
          .should()
          .dependOnClassesThat(resideInAPackage("dev.tributary.connect.join.."));

  /** {@link Struct#get} gives the schema's default in place of a null. */
  @ArchTest
  static final ArchRule a_null_is_never_read_as_the_default_of_its_schema =
      noClasses()
          .should()
          .callMethod(Struct.class, "get", String.class)
          .orShould()
          .callMethod(Struct.class, "get", Field.class);

  @ArchTest
  static final ArchRule only_the_plugin_classes_are_api =
      classes()
          .that()
          .resideInAPackage("dev.tributary.connect")
          .and()
          .arePublic()
          .should()
          .haveModifier(JavaModifier.FINAL);
}
